import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { KeySet, SigningAlgorithm, VerificationKey } from './key-set.interface';
import { TokenVerifier } from './token-verifier';

const pairs = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2_048 }),
} satisfies Record<SigningAlgorithm, unknown>;

const keys: KeySet = {
  has: () => true,
  find: (kid) =>
    Promise.resolve(
      kid in pairs
        ? ({
            kid,
            alg: kid,
            publicKey: pairs[kid as SigningAlgorithm].publicKey,
          } as VerificationKey)
        : undefined,
    ),
};
const rules = { issuer: 'https://id.example.org', audience: 'shop' };
const verifier = new TokenVerifier(keys, rules);

const CLAIMS = { sub: 'user', sid: 'session', roles: ['user'], gen: 2 };
interface Change {
  claims?: object;
  header?: object;
  key?: KeyObject;
  expiresIn?: number;
  aud?: string;
  iss?: string;
}

function sign(alg: string, { claims, header, key, expiresIn = 600, ...change }: Change = {}) {
  return new SignJWT({ ...CLAIMS, ...claims })
    .setProtectedHeader({ alg, typ: 'at+jwt', kid: alg, ...header })
    .setIssuer(change.iss ?? rules.issuer)
    .setAudience(change.aud ?? rules.audience)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1_000) + expiresIn)
    .sign(key ?? pairs[alg as SigningAlgorithm].privateKey);
}

describe.each(['ES256', 'EdDSA', 'RS256'] as const)('a token signed with %s', (alg) => {
  it('is good', async () => {
    expect(await verifier.verify(await sign(alg))).toMatchObject({
      user: { userId: 'user', sessionId: 'session', roles: ['user'] },
      generation: 2,
      keyId: alg,
    });
  });

  it.each<[string, Change]>([
    ['another issuer', { iss: 'https://other.example.org' }],
    ['another audience', { aud: 'other' }],
    ['the past', { expiresIn: -1 }],
    ['the future', { claims: { nbf: 4_000_000_000 } }],
    ['another type', { header: { typ: 'JWT' } }],
    ['no type', { header: { typ: undefined } }],
    ['no key', { header: { kid: undefined } }],
    ['a key that is none of ours', { header: { kid: 'other' } }],
    ['a long name of a key', { header: { kid: 'ES256'.repeat(100) } }],
    ['an inherited name', { header: { kid: '__proto__' } }],
    ['no session', { claims: { sid: undefined } }],
    ['no subject', { claims: { sub: undefined } }],
    ['no generation', { claims: { gen: undefined } }],
    ['roles that are none', { claims: { roles: [1] } }],
    ['roles in one text', { claims: { roles: 'admin' } }],
    ['more than 8 kB', { claims: { padding: 'x'.repeat(8_192) } }],
  ])('but of %s is no good', async (_, change) => {
    expect(await verifier.verify(await sign(alg, change))).toBeUndefined();
  });

  it('but changed is no good', async () => {
    const [header, , signature] = (await sign(alg)).split('.');
    const claims = Buffer.from(JSON.stringify({ ...CLAIMS, roles: ['admin'] })).toString('base64url');
    expect(await verifier.verify(`${header}.${claims}.${signature}`)).toBeUndefined();
  });
});

it('a key is good for its own algorithm only', async () => {
  const pss = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const crossed = [
    sign('ES256', { header: { kid: 'EdDSA' } }),
    sign('RS256', { header: { kid: 'ES256' } }),
    sign('PS256', { header: { kid: 'RS256' }, key: pss.privateKey }),
    sign('RS512', { header: { kid: 'RS256' }, key: pairs.RS256.privateKey }),
  ];
  for (const token of crossed) expect(await verifier.verify(await token)).toBeUndefined();
});

it('a public key is no secret for an HMAC', async () => {
  const { publicKey } = pairs.RS256;
  for (const secret of [
    publicKey.export({ format: 'pem', type: 'spki' }),
    publicKey.export({ format: 'der', type: 'spki' }),
  ]) {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = 4_000_000_000;
    const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'RS256' })}.${encode({ ...CLAIMS, iss: rules.issuer, aud: rules.audience, exp })}`;
    const mac = createHmac('sha256', secret).update(input).digest('base64url');
    expect(await verifier.verify(`${input}.${mac}`)).toBeUndefined();
  }
});

it.each(['', 'nonsense', 'a.b.c', '..', 'eyJhbGciOiJub25lIn0.e30.', 'gcr_EXAMPLE'])(
  '"%s" is no token',
  async (text) => {
    expect(await verifier.verify(text)).toBeUndefined();
  },
);

it('clocks may differ by what is allowed, and that is a minute at the most', async () => {
  const lenient = new TokenVerifier(keys, { ...rules, clockTolerance: 60 });
  expect(await lenient.verify(await sign('ES256', { expiresIn: -50 }))).toBeDefined();
  expect(await lenient.verify(await sign('ES256', { expiresIn: -61 }))).toBeUndefined();
  expect(() => new TokenVerifier(keys, { ...rules, clockTolerance: 61 })).toThrow('clockTolerance');
  expect(() => new TokenVerifier(keys, { ...rules, clockTolerance: NaN })).toThrow('clockTolerance');
});

it('a key set that cannot be read is no verdict on the token', async () => {
  const broken: KeySet = { has: () => false, find: () => Promise.reject(new Error('gone')) };
  await expect(new TokenVerifier(broken, rules).verify(await sign('ES256'))).rejects.toThrow('gone');
});
