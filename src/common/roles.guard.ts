import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { AuthenticatedUser } from './authenticated-user';
import { Problem } from './problem';
import { ROLES } from './roles.decorator';

/**
 * Lets a request pass whose bearer has one of the roles that `@Roles()` names; where it names none, every request.
 * Stands behind JwtAuthGuard: `@UseGuards(JwtAuthGuard, RolesGuard)`. Roles are those of the access token, so that a
 * role that was taken away ends with the token.
 */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(@Inject(Reflector) private readonly reflector: Reflector) {}

  /** @throws {Problem} FORBIDDEN; UNAUTHENTICATED when no guard before it said who the bearer is */
  canActivate(context: ExecutionContext): boolean {
    const wanted = this.reflector.getAllAndOverride<readonly string[] | undefined>(ROLES, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (wanted === undefined) return true;
    const { user } = context.switchToHttp().getRequest<{ user?: AuthenticatedUser }>();
    if (!user) throw new Problem('UNAUTHENTICATED');
    if (!wanted.some((role) => user.roles.includes(role))) throw new Problem('FORBIDDEN');
    return true;
  }
}
