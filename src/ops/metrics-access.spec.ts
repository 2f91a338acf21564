import { judgeScrape } from './metrics-access';

const token = 'scrape-me-2f1c7d';
const here = { isLoopback: true };
const elsewhere = { isLoopback: false };

describe('Whether metrics are shown', () => {
  it.each([
    ['nobody sees them unless configured', {}, here, 'hidden'],
    ['development shows them to this machine', { openToLoopback: true }, here, 'granted'],
    ['development shows them to no other', { openToLoopback: true }, elsewhere, 'hidden'],
    ['the token opens them', { token }, { ...elsewhere, authorization: `Bearer ${token}` }, 'granted'],
    ['the scheme has no case', { token }, { ...elsewhere, authorization: `bearer ${token}` }, 'granted'],
    ['with a token this machine needs it too', { token, openToLoopback: true }, here, 'anonymous'],
    ['another token does not', { token }, { ...here, authorization: `Bearer ${token}x` }, 'refused'],
    ['a beginning of it does not', { token }, { ...here, authorization: 'Bearer scrape' }, 'refused'],
    ['another scheme does not', { token }, { ...here, authorization: `Basic ${token}` }, 'refused'],
    ['an empty one does not', { token }, { ...here, authorization: 'Bearer ' }, 'refused'],
  ] as const)('%s', (_, rules, scraper, verdict) => {
    expect(judgeScrape(rules, scraper)).toBe(verdict);
  });
});
