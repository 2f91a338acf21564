import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { uuidv7 } from 'uuidv7';
import { AUTH_OPTIONS, type AuthModuleOptions } from './auth.options';
import { ALGORITHM, KeysService } from './keys.service';

/** Media type of access tokens (RFC 9068 2.1): tells them from every other JWT. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** Claims of our access tokens (RFC 9068 2.2) beyond `iss`, `aud`, `exp`, `iat` and `jti`. */
export interface AccessTokenClaims {
  readonly sub: string;
  readonly sid: string;
  readonly roles: readonly string[];
  readonly client_id: string;
  readonly auth_time: number;
  readonly amr: readonly string[];
  /** Generation of the user's tokens; an earlier one than the user's is no good any more. */
  readonly gen: number;
}

export interface TokenSubject {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly string[];
  readonly amr: readonly string[];
  /** Seconds since the epoch. */
  readonly authTime: number;
  readonly generation: number;
}

/** Issues access tokens. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly jwt: JwtService,
    private readonly keys: KeysService,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {}

  async issue(subject: TokenSubject): Promise<{ accessToken: string; expiresIn: number }> {
    const { kid, privateKey } = await this.keys.current();
    const { issuer, audience, accessTokenTtl } = this.options;
    const claims: AccessTokenClaims = {
      sub: subject.userId,
      sid: subject.sessionId,
      roles: subject.roles,
      client_id: audience,
      auth_time: subject.authTime,
      amr: subject.amr,
      gen: subject.generation,
    };
    const accessToken = this.jwt.sign(claims, {
      privateKey: privateKey as unknown as string, // typed for PEM; jsonwebtoken takes a KeyObject, 60 times faster
      algorithm: ALGORITHM,
      header: { alg: ALGORITHM, typ: ACCESS_TOKEN_TYPE, kid },
      issuer,
      audience,
      expiresIn: accessTokenTtl,
      jwtid: uuidv7(),
    });
    return { accessToken, expiresIn: accessTokenTtl };
  }
}
