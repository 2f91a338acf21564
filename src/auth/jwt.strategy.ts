import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { PassportStrategy } from '@nestjs/passport';
import type { RequestHandler } from 'express';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import type { AuthenticatedUser } from '../common/authenticated-user';
import { ACCESS_TOKEN_TYPE, type AccessTokenClaims } from './access-tokens';
import { AUTH_OPTIONS, type AuthModuleOptions } from './auth.options';
import { ALGORITHM, KeysService } from './keys.service';

/** What a good token says. */
export interface VerifiedToken {
  readonly user: AuthenticatedUser;
  /** Generation of the user's tokens. */
  readonly generation: number;
  /** `exp`, seconds since the epoch. */
  readonly expiresAt: number;
}

const NAME = 'gatecode-jwt';

/**
 * Verifies access tokens as RFC 8725 asks: one algorithm, a key of our own set, exact issuer and audience, and the type
 * that only access tokens carry. Nothing in a token's header leads anywhere but into that set.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, NAME) {
  // The base class registers with it before fields of this class are set, hence no initialiser.
  private passport?: passport.Authenticator;

  constructor(
    keys: KeysService,
    jwt: JwtService,
    @Inject(AUTH_OPTIONS) { issuer, audience }: AuthModuleOptions,
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

  /** @param done gets what passport found: an error, a token, or neither */
  authenticateWith(done: (error: unknown, token?: VerifiedToken | false) => void): RequestHandler {
    return this.passport!.authenticate(NAME, { session: false }, done) as RequestHandler;
  }

  /**
   * A passport of this module's own instead of the process-wide one: a host may have strategies there, and two
   * applications in one process must not verify each other's tokens.
   */
  protected getPassportInstance(): passport.Authenticator {
    return (this.passport ??= new passport.Passport());
  }

  /** @returns undefined for claims that our tokens do not have: the guard answers as to any token that is no good */
  validate({ sub, sid, roles, gen, exp }: AccessTokenClaims & { exp?: number }): VerifiedToken | undefined {
    if (typeof sub !== 'string' || typeof sid !== 'string' || !Array.isArray(roles)) return undefined;
    if (typeof exp !== 'number' || typeof gen !== 'number') return undefined;
    return { user: { userId: sub, sessionId: sid, roles }, generation: gen, expiresAt: exp };
  }
}

function headerOf(jwt: JwtService, token: string): { typ?: unknown; kid?: unknown } | undefined {
  try {
    return jwt.decode<{ header: { typ?: unknown; kid?: unknown } } | null>(token, { complete: true })?.header;
  } catch {
    return undefined;
  }
}
