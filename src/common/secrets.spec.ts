import { randomBytes } from 'node:crypto';
import { Secrets } from './secrets';

const secrets = new Secrets(randomBytes(32));

describe('Secrets', () => {
  it('derives another key for each purpose, and the same one again', () => {
    expect(secrets.key('code')).toHaveLength(32);
    expect(secrets.key('code').equals(secrets.key('refresh'))).toBe(false);
    expect(secrets.key('code').equals(secrets.key('code'))).toBe(true);
  });

  it('opens what it sealed, where it was sealed for', () => {
    const sealed = secrets.seal('key-wrapping', 'a private key', 'signing-key:1');
    expect(secrets.open('key-wrapping', sealed, 'signing-key:1').toString()).toBe('a private key');
    expect(() => secrets.open('key-wrapping', sealed, 'signing-key:2')).toThrow();
    expect(() => secrets.open('phone-encryption', sealed, 'signing-key:1')).toThrow();
    expect(() => new Secrets(randomBytes(32)).open('key-wrapping', sealed, 'signing-key:1')).toThrow();
  });

  it('never seals the same text to the same bytes', () => {
    const [one, other] = [1, 2].map(() => secrets.seal('phone-encryption', '+8613800138000', 'phone'));
    expect(one.equals(other)).toBe(false);
  });

  it('refuses a key of the wrong length', () => {
    expect(() => new Secrets(randomBytes(16))).toThrow('32 bytes');
  });
});
