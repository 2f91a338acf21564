import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { Problem } from './problem';

/** Name under which AuthModule registers its passport strategy. Guards know it by name, so that they can lie below it. */
export const JWT_STRATEGY = 'gatecode-jwt';

const BEARER = /^Bearer /i;

function authorizationOf(context: ExecutionContext): string | undefined {
  return context.switchToHttp().getRequest<{ headers: { authorization?: string } }>().headers.authorization;
}

/** Lets a request pass that carries a good access token, and leaves its bearer on `request.user`. */
@Injectable()
export class JwtAuthGuard extends AuthGuard(JWT_STRATEGY) {
  override handleRequest<User>(
    error: unknown,
    user: User | false,
    _info: unknown,
    context: ExecutionContext,
  ): User {
    if (error) throw error as Error;
    if (user) return user;
    throw new Problem(BEARER.test(authorizationOf(context) ?? '') ? 'TOKEN_INVALID' : 'UNAUTHENTICATED');
  }
}

/** Lets anonymous requests pass too; a credential that is sent has to be good. */
@Injectable()
export class OptionalJwtAuthGuard extends JwtAuthGuard {
  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return authorizationOf(context) === undefined ? true : (super.canActivate(context) as Promise<boolean>);
  }
}
