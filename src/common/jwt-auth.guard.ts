import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';

/**
 * Injection token for what tells who the bearer of a request is: throws a Problem, or leaves an
 * AuthenticatedUser on `request.user`. AuthModule provides it; guards find it wherever in the application it is, so
 * that modules below AuthModule can stand behind them.
 */
export const AUTHENTICATOR = Symbol.for('gatecode:AUTHENTICATOR');

/** Lets a request pass that carries a good access token, and leaves its bearer on `request.user`. */
@Injectable()
export class JwtAuthGuard implements CanActivate {
  private authenticator?: CanActivate;

  constructor(private readonly modules: ModuleRef) {}

  canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    this.authenticator ??= this.modules.get<CanActivate>(AUTHENTICATOR, { strict: false });
    return this.authenticator.canActivate(context);
  }
}

/** Lets anonymous requests pass too; a credential that is sent has to be good. */
@Injectable()
export class OptionalJwtAuthGuard extends JwtAuthGuard {
  override canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    const { headers } = context.switchToHttp().getRequest<{ headers: { authorization?: string } }>();
    return headers.authorization === undefined || super.canActivate(context);
  }
}
