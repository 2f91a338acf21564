import { expiryOf, openLink, signLink } from './local-link';

const NOW = 1_800_000_000_000;
const signer = { key: Buffer.alloc(32, 1), realm: '/v1/storage/local' };
const link = { key: 'a/b.png', expires: NOW / 1_000 + 60 };
const open = (query: string, key = link.key, now = NOW) =>
  openLink(signer, key, new URLSearchParams(query), now);

describe('a signed link of the local disk', () => {
  const query = signLink(signer, link);
  const named = signLink(signer, { ...link, downloadName: '头像\n1.png' });

  it('says what was said', () => {
    expect(open(query)).toEqual(link);
    expect(open(named)).toEqual({ ...link, downloadName: '头像\n1.png' });
  });

  it('takes what else stands in the query', () => {
    expect(open(`${query}&v=2`)).toEqual(link);
  });

  it('is none when there is nothing of one', () => {
    expect(open('')).toBe('none');
    expect(open('v=2')).toBe('none');
  });

  it('ends', () => {
    expect(open(query, link.key, NOW + 59_999)).toEqual(link);
    expect(open(query, link.key, NOW + 60_000)).toBe('invalid');
  });

  it.each([
    ['another key', query, 'a/c.png'],
    ['a later end', query.replace(/exp=\d+/, `exp=${link.expires + 1}`), link.key],
    ['another spelling of the end', query.replace('exp=', 'exp=0'), link.key],
    ['no end', query.replace(/exp=\d+&/, ''), link.key],
    ['a name that was not signed', `${query}&name=x`, link.key],
    ['another name', named.replace('1.png', '2.png'), link.key],
    ['no name any more', named.replace(/name=[^&]*&/, ''), link.key],
    ['no signature', query.replace(/&sig=.*/, ''), link.key],
    ['an empty signature', query.replace(/&sig=.*/, '&sig='), link.key],
    ['two signatures', `${query}&sig=x`, link.key],
    ['a signature with padding', `${query}=`, link.key],
  ])('is refused with %s', (_, text, key) => {
    expect(open(text, key)).toBe('invalid');
  });

  it('is refused by who has another secret, and by another store', () => {
    const parsed = new URLSearchParams(query);
    expect(openLink({ ...signer, key: Buffer.alloc(32, 2) }, link.key, parsed, NOW)).toBe('invalid');
    expect(openLink({ ...signer, realm: '/v1/storage/other' }, link.key, parsed, NOW)).toBe('invalid');
  });

  it.each([
    [300, 300, 330],
    [3_600, 3_600, 3_960],
    [1, 1, 2],
  ])('for %i s holds so long, and a tenth longer at most', (expiresIn, least, most) => {
    for (let second = 0; second < 400; second += 7) {
      const holds = expiryOf(NOW + second * 1_000, expiresIn) - NOW / 1_000 - second;
      expect(holds).toBeGreaterThanOrEqual(least);
      expect(holds).toBeLessThanOrEqual(most);
    }
  });
});
