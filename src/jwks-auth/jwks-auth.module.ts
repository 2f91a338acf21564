import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { AUTHENTICATOR } from '../common/jwt-auth.guard';
import { HeardRevocations } from './heard-revocations';
import { JWKS_AUTH_OPTIONS, type JwksAuthModuleOptions } from './jwks-auth.options';
import { JwksAuthenticator } from './jwks-authenticator';
import { JwksKeys } from './jwks-keys';

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<JwksAuthModuleOptions>({
  optionsInjectionToken: JWKS_AUTH_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

/**
 * For a process that only verifies tokens of a Gatecode elsewhere: `JwtAuthGuard`, `RolesGuard` and `@CurrentUser()` work
 * on its routes. It has no database and issues nothing. Stands instead of AuthModule, not beside it.
 */
@Module({
  providers: [
    JwksKeys,
    HeardRevocations,
    JwksAuthenticator,
    { provide: AUTHENTICATOR, useExisting: JwksAuthenticator },
  ],
  exports: [AUTHENTICATOR],
})
export class JwksAuthModule extends ConfigurableModuleClass {}
