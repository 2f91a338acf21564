import { SetMetadata } from '@nestjs/common';

/** Metadata key, read by RolesGuard. */
export const ROLES = 'gatecode:roles';

/** Whom a route, or all routes of a controller, are for: bearers of one of these roles. Needs RolesGuard before it. */
export function Roles(...roles: string[]): MethodDecorator & ClassDecorator {
  return SetMetadata(ROLES, roles);
}
