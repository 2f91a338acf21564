import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { deriveRegistrationToken, isRegistrationToken } from './registration-token';

const key = randomBytes(32);
const id = '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10';

describe('the token of a registration', () => {
  it('is the same whenever it is asked for, and 256 bits long', () => {
    const token = deriveRegistrationToken(key, id);
    expect(token).toBe(deriveRegistrationToken(key, id));
    expect(Buffer.from(token.replace('gcg_', ''), 'base64url')).toHaveLength(32);
    expect(isRegistrationToken(key, id, token)).toBe(true);
  });

  it('opens no other registration, and another key makes another', () => {
    const token = deriveRegistrationToken(key, id);
    expect(isRegistrationToken(key, id.replace('10', '11'), token)).toBe(false);
    expect(isRegistrationToken(randomBytes(32), id, token)).toBe(false);
  });

  it('is nothing else: no part of it, nothing longer, nothing of another form', () => {
    const token = deriveRegistrationToken(key, id);
    for (let end = 0; end < token.length; end += 1)
      expect(isRegistrationToken(key, id, token.slice(0, end))).toBe(false);
    expect(isRegistrationToken(key, id, `${token}=`)).toBe(false);
    fc.assert(fc.property(fc.string(), (text) => !isRegistrationToken(key, id, text)));
  });
});
