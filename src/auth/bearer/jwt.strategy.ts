import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { RequestHandler } from 'express';
import passport from 'passport';
import type { VerifiedToken } from '../../tokens/access-token';
import { TokenVerifier } from '../../tokens/token-verifier';
import { BearerStrategy } from './bearer.strategy';

const NAME = 'gatecode-jwt';

/** Passport's strategy for our access tokens. */
@Injectable()
export class JwtStrategy extends PassportStrategy(BearerStrategy, NAME) {
  // The base class registers with it before fields of this class are set, hence no initialiser.
  private passport?: passport.Authenticator;

  constructor(private readonly verifier: TokenVerifier) {
    super();
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

  /** @returns undefined for a token that is no good: the guard answers the same to all of them */
  validate(token: string): Promise<VerifiedToken | undefined> {
    return this.verifier.verify(token);
  }
}
