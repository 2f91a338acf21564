import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import type { AuthenticatedUser } from '../common/authenticated-user';
import { JWT_STRATEGY } from '../common/jwt-auth.guard';
import { ACCESS_TOKEN_TYPE, type AccessTokenClaims } from './access-tokens';
import { AUTH_OPTIONS, type AuthModuleOptions } from './auth.options';
import { ALGORITHM, KeysService } from './keys.service';
import { Revocations } from './revocations';

/**
 * Verifies access tokens as RFC 8725 asks: one algorithm, a key of our own set, exact issuer and audience, and the type
 * that only access tokens carry. Nothing in a token's header leads anywhere but into that set.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, JWT_STRATEGY) {
  constructor(
    keys: KeysService,
    jwt: JwtService,
    @Inject(AUTH_OPTIONS) { issuer, audience }: AuthModuleOptions,
    private readonly revocations: Revocations,
  ) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      algorithms: [ALGORITHM],
      issuer,
      audience,
      secretOrKeyProvider: (
        _request: unknown,
        token: string,
        done: (error: unknown, key?: never) => void,
      ) => {
        const header = headerOf(jwt, token);
        if (header?.typ !== ACCESS_TOKEN_TYPE || typeof header.kid !== 'string') return done(null);
        keys.publicKey(header.kid).then(
          (key) => done(null, key as never),
          (error: unknown) => done(error),
        );
      },
    });
  }

  /** @returns undefined when the session has ended: the guard answers as to any token that is no good */
  validate({ sub, sid, roles }: AccessTokenClaims): AuthenticatedUser | undefined {
    if (typeof sub !== 'string' || typeof sid !== 'string' || !Array.isArray(roles)) return undefined;
    return this.revocations.has(sid) ? undefined : { userId: sub, sessionId: sid, roles };
  }
}

function headerOf(jwt: JwtService, token: string): { typ?: unknown; kid?: unknown } | undefined {
  try {
    return jwt.decode<{ header: { typ?: unknown; kid?: unknown } } | null>(token, { complete: true })?.header;
  } catch {
    return undefined;
  }
}
