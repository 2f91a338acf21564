import { createHash, createPublicKey, generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningAlgorithm } from '../../tokens/key-set.interface';

/** Public members of a JSON Web Key; which ones depends on `kty`. */
export type PublicJwk = Readonly<Record<string, string>> & { readonly kty: string };

// RFC 7638 3.2, RFC 8037 2: what is public and cannot be left out, in lexicographic order.
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

/** JWK thumbprint (RFC 7638): SHA-256 over the required members in lexicographic order, base64url. */
export function thumbprint(jwk: JsonWebKey): string {
  return createHash('sha256')
    .update(JSON.stringify(requiredMembers(jwk)))
    .digest('base64url');
}

/** Leaves out whatever is not public, and what is not needed. */
export function publicMembers(key: KeyObject): PublicJwk {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return requiredMembers(publicKey.export({ format: 'jwk' }));
}

function requiredMembers(jwk: JsonWebKey): PublicJwk {
  const names = REQUIRED[jwk.kty ?? ''];
  if (!names) throw new Error('This kind of key signs no tokens');
  return Object.fromEntries(names.map((name) => [name, jwk[name]])) as PublicJwk;
}

export interface NewKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly publicJwk: PublicJwk;
  readonly privateKey: KeyObject;
}

const RSA_BITS = 2_048;
const generate = promisify(generateKeyPair);

/** Makes a key pair: P-256 for ES256 (RFC 7518 3.4), Ed25519 for EdDSA (RFC 8037 3.1), 2048 bits for RS256. */
export async function generateKey(alg: SigningAlgorithm): Promise<NewKey> {
  const privateKey = await generatePrivateKey(alg);
  const publicJwk = publicMembers(privateKey);
  return { kid: thumbprint(publicJwk), alg, publicJwk, privateKey };
}

async function generatePrivateKey(alg: SigningAlgorithm): Promise<KeyObject> {
  switch (alg) {
    case 'ES256':
      return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
    case 'EdDSA':
      return (await generate('ed25519')).privateKey;
    case 'RS256':
      return (await generate('rsa', { modulusLength: RSA_BITS })).privateKey;
  }
}
