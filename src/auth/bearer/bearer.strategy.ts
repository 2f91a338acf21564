import type { Request } from 'express';
import passport from 'passport';
import { ExtractJwt } from 'passport-jwt';

type Validated = (token: string, done: (error: unknown, found?: object | false | null) => void) => void;

const bearerOf = ExtractJwt.fromAuthHeaderAsBearerToken();

/**
 * Passport's way to the bearer token of a request; whose it is says who validates it. The strategy of passport-jwt
 * would verify it as well, but knows no EdDSA.
 */
export class BearerStrategy extends passport.Strategy {
  constructor(private readonly validated: Validated) {
    super();
  }

  override authenticate(request: Request): void {
    const token = bearerOf(request);
    if (!token) return this.fail(401);
    this.validated(token, (error, found) => {
      if (error) this.error(error);
      else if (found) this.success(found);
      else this.fail(401);
    });
  }
}
