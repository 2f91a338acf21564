import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { SignJWT } from 'jose';
import { ACCESS_TOKEN_TYPE, type AccessTokenClaims } from '../../tokens/access-token';
import type { CurrentKey } from './keys.service';

/** Claims of a token that every JWT has (RFC 7519 4.1). */
export interface RegisteredClaims {
  readonly issuer: string;
  readonly audience: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly jwtid: string;
}

/** Signs access tokens: with JwtService, but for EdDSA, which that does not know. */
@Injectable()
export class TokenSigner {
  constructor(private readonly jwt: JwtService) {}

  async sign(claims: AccessTokenClaims, registered: RegisteredClaims, key: CurrentKey): Promise<string> {
    const { kid, alg, privateKey } = key;
    const header = { alg, typ: ACCESS_TOKEN_TYPE, kid };
    if (alg !== 'EdDSA') {
      return this.jwt.sign(claims, {
        ...registered,
        privateKey: privateKey as unknown as string, // typed for PEM; jsonwebtoken takes a KeyObject, 60 times faster
        algorithm: alg,
        header,
      });
    }
    const { issuer, audience, expiresIn, jwtid } = registered;
    return new SignJWT({ ...claims, roles: [...claims.roles], amr: [...claims.amr] })
      .setProtectedHeader(header)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${expiresIn} s`)
      .setJti(jwtid)
      .sign(privateKey);
  }
}
