import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Roles } from './roles.decorator';
import { RolesGuard } from './roles.guard';

@Roles('admin')
class Office {
  open(): void {}

  @Roles('auditor', 'admin')
  books(): void {}

  @Roles()
  vault(): void {}
}

class Street {
  walk(): void {}
}

function request(target: new () => object, handler: string, roles?: readonly string[]): ExecutionContext {
  const user = roles && { userId: 'u', sessionId: 's', roles };
  return {
    getClass: () => target,
    getHandler: () => (target.prototype as Record<string, unknown>)[handler],
    switchToHttp: () => ({ getRequest: () => ({ user }) }),
  } as unknown as ExecutionContext;
}

describe('RolesGuard', () => {
  const guard = new RolesGuard(new Reflector());

  it.each([
    ['a bearer of the role', request(Office, 'open', ['user', 'admin'])],
    ['a bearer of one of several', request(Office, 'books', ['auditor'])],
    ['anybody where no role is named', request(Street, 'walk')],
  ])('lets %s pass', (_, context) => {
    expect(guard.canActivate(context)).toBe(true);
  });

  it.each([
    ['another role', request(Office, 'open', ['user']), 'FORBIDDEN'],
    ['no role', request(Office, 'open', []), 'FORBIDDEN'],
    [
      "a role of the class that the method's own list leaves out",
      request(Office, 'vault', ['admin']),
      'FORBIDDEN',
    ],
    ['no bearer at all', request(Office, 'open'), 'UNAUTHENTICATED'],
  ])('refuses %s', (_, context, code) => {
    expect(() => guard.canActivate(context)).toThrow(expect.objectContaining({ code }));
  });
});
