import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { SIGNING_ALGORITHMS, type SigningAlgorithm, type VerificationKey } from './key-set.interface';

const LONGEST_KID = 64;
const SHORTEST_RSA = 2_048;

// What an algorithm needs (RFC 7518 6, RFC 8037 2). Anything else in a key, a private half above all, is left alone.
const MEMBERS: Readonly<Record<SigningAlgorithm, readonly string[]>> = {
  ES256: ['kty', 'crv', 'x', 'y'],
  EdDSA: ['kty', 'crv', 'x'],
  RS256: ['kty', 'n', 'e'],
};

/**
 * The keys of a JSON Web Key Set (RFC 7517 5) that tokens may be signed with. Keys for anything else are left out.
 * @throws when the document is none, or has no such key
 */
export function readJwks(document: unknown): Map<string, VerificationKey> {
  const { keys } = (document ?? {}) as { keys?: unknown };
  const good = Array.isArray(keys) ? keys.flatMap((jwk: unknown) => readJwk(jwk) ?? []) : [];
  if (good.length === 0) throw new Error('There is no key in it that tokens are signed with');
  return new Map(good.map((key) => [key.kid, key]));
}

function readJwk(jwk: unknown): VerificationKey | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined;
  const { kid, alg, use = 'sig' } = jwk as Record<string, unknown>;
  if (typeof kid !== 'string' || kid.length > LONGEST_KID || use !== 'sig' || !isSigning(alg))
    return undefined;
  const members = Object.fromEntries(MEMBERS[alg].map((name) => [name, (jwk as JsonWebKey)[name]]));
  try {
    const publicKey = createPublicKey({ key: members, format: 'jwk' });
    return isFor(alg, publicKey) ? { kid, alg, publicKey } : undefined;
  } catch {
    return undefined;
  }
}

function isSigning(alg: unknown): alg is SigningAlgorithm {
  return (SIGNING_ALGORITHMS as readonly unknown[]).includes(alg);
}

function isFor(alg: SigningAlgorithm, { asymmetricKeyType: type, asymmetricKeyDetails }: KeyObject): boolean {
  switch (alg) {
    case 'ES256':
      return type === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1';
    case 'EdDSA':
      return type === 'ed25519';
    case 'RS256':
      return type === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= SHORTEST_RSA;
  }
}
