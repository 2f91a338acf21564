import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { deriveRefreshToken, readRefreshToken } from './refresh-token';

const key = randomBytes(32);
const token = { sessionId: uuidv7(), generation: 3 };

describe('a refresh token', () => {
  const text = deriveRefreshToken(key, token);

  it('is derived to the same text again, so that a lost answer can be repeated', () => {
    expect(deriveRefreshToken(key, { ...token })).toBe(text);
  });

  it('tells its session and generation to whoever has the key', () => {
    expect(readRefreshToken(key, text)).toEqual(token);
  });

  it.each([
    ['another key', deriveRefreshToken(randomBytes(32), token)],
    ['another generation under the old proof', text.slice(0, 26) + 'AAAA' + text.slice(30)],
    ['a changed last character', text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A')],
    ['no prefix', text.slice(4)],
    ['nothing', ''],
    ['a short one', 'gcr_AAAA'],
    ['a JWT', 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA'],
  ])('is nothing with %s', (_, forged) => {
    const read = readRefreshToken(key, forged);
    // The last character of base64url may hold padding bits that decode to the same bytes.
    if (read) expect(deriveRefreshToken(key, read)).toBe(text);
    else expect(read).toBeUndefined();
  });
});
