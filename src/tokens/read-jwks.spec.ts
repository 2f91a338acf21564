import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readJwks } from './read-jwks';

const jwk = (key: KeyObject, more: object) => ({ ...key.export({ format: 'jwk' }), ...more });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const good = jwk(ec.publicKey, { kid: 'ec', alg: 'ES256', use: 'sig' });

describe('a key set', () => {
  it('gives keys of the three kinds, each for its own algorithm', () => {
    const keys = readJwks({
      keys: [
        good,
        jwk(ed.publicKey, { kid: 'ed', alg: 'EdDSA' }),
        jwk(rsa.publicKey, { kid: 'rsa', alg: 'RS256', use: 'sig' }),
      ],
    });
    expect([...keys.values()].map(({ kid, alg }) => [kid, alg])).toEqual([
      ['ec', 'ES256'],
      ['ed', 'EdDSA'],
      ['rsa', 'RS256'],
    ]);
  });

  it('takes no private half, even where one is offered', () => {
    const keys = readJwks({ keys: [jwk(ec.privateKey, { kid: 'ec', alg: 'ES256' })] });
    expect(keys.get('ec')?.publicKey.type).toBe('public');
  });

  it.each([
    ['for encryption', { ...good, use: 'enc' }],
    ['without a name', { ...good, kid: undefined }],
    ['with a long name', { ...good, kid: 'k'.repeat(65) }],
    ['without an algorithm', { ...good, alg: undefined }],
    ['for none', { ...good, alg: 'none' }],
    ['for an HMAC', { kty: 'oct', kid: 'k', alg: 'HS256', k: 'c2VjcmV0' }],
    ['of another kind than its algorithm', { ...jwk(rsa.publicKey, { kid: 'k' }), alg: 'ES256' }],
    [
      'of another curve',
      jwk(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey, { kid: 'k', alg: 'ES256' }),
    ],
    ['for agreements', jwk(generateKeyPairSync('x25519').publicKey, { kid: 'k', alg: 'EdDSA' })],
    [
      'that is short',
      jwk(generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey, { kid: 'k', alg: 'RS256' }),
    ],
    ['that is broken', { ...good, x: 'AAAA' }],
    ['that is none', 'key'],
  ])('leaves out a key %s', (_, key) => {
    expect([...readJwks({ keys: [good, key] }).keys()]).toEqual(['ec']);
  });

  it.each([undefined, null, 'text', {}, { keys: 'none' }, { keys: [] }, { keys: [{}] }])(
    'is not %j',
    (document) => {
      expect(() => readJwks(document)).toThrow('no key');
    },
  );
});
