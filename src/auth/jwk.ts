import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** Public members of an elliptic-curve JSON Web Key (RFC 7517, RFC 7518 6.2). */
export interface EcPublicJwk {
  readonly kty: 'EC';
  readonly crv: string;
  readonly x: string;
  readonly y: string;
}

/** JWK thumbprint (RFC 7638): SHA-256 over the required members in lexicographic order, base64url. */
export function thumbprint({ crv, kty, x, y }: EcPublicJwk): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

export interface Es256Key {
  readonly kid: string;
  readonly publicJwk: EcPublicJwk;
  readonly privateKey: KeyObject;
}

/** Makes a key pair for ES256 (P-256, RFC 7518 3.4). */
export function generateEs256Key(): Es256Key {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicJwk = publicMembers(publicKey);
  return { kid: thumbprint(publicJwk), publicJwk, privateKey };
}

export function publicMembers(publicKey: KeyObject): EcPublicJwk {
  const { crv, x, y } = publicKey.export({ format: 'jwk' });
  return { kty: 'EC', crv: crv!, x: x!, y: y! };
}
