import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { EventsModule } from '../common/events.module';
import { AUTHENTICATOR } from '../common/jwt-auth.guard';
import { PhoneVault } from '../common/phone-vault';
import { AccessTokens } from './keys/access-tokens';
import { AccountChangesController } from './account/account-changes.controller';
import { AccountChanges } from './account/account-changes.service';
import { AccountDeletion } from './account/account-deletion';
import { AccountExport } from './account/account-export';
import { AccountController } from './account/account.controller';
import { AccountsService } from './log-in/accounts.service';
import { AdminKeysController } from './keys/admin-keys.controller';
import { AdminPhones } from './account/admin-phones';
import { AdminUserChanges } from './account/admin-user-changes';
import { AdminUsersController } from './account/admin-users.controller';
import { AdminUsers } from './account/admin-users.service';
import { AUTH_OPTIONS, type AuthModuleOptions } from './auth.options';
import { CodeLogIn } from './log-in/code-log-in';
import { Erasures } from './account/erasures';
import { JwksController } from './keys/jwks.controller';
import { JwtAuthenticator } from './bearer/jwt.authenticator';
import { JwtStrategy } from './bearer/jwt.strategy';
import { KeyStore } from './keys/key-store';
import { HostUsers } from './registration/host-users';
import { KeysService } from './keys/keys.service';
import { NewAccounts } from './registration/new-accounts';
import { Notices } from './account/notices';
import { OauthClients } from './oauth/oauth-clients';
import { OauthController } from './oauth/oauth.controller';
import { OwnPassword } from './passwords/own-password';
import { PasswordHasher } from './passwords/password-hasher';
import { PasswordLimit } from './passwords/password-limit';
import { PasswordLogIn } from './log-in/password-log-in';
import { PasswordRules } from './passwords/password-rules';
import { PasswordsController } from './passwords/passwords.controller';
import { PasswordsService } from './passwords/passwords.service';
import { RegisterController } from './registration/register.controller';
import { RegisterService } from './registration/register.service';
import { RegistrationStore } from './registration/registration-store';
import { RegistrationsController } from './registration/registrations.controller';
import { RegistrationsService } from './registration/registrations.service';
import { Revocations } from './bearer/revocations';
import { SecondProof } from './log-in/second-proof';
import { SecurityAudit } from './account/security-audit';
import { SessionRetention } from './sessions/session-retention';
import { Session } from './sessions/session.entity';
import { SessionsController } from './sessions/sessions.controller';
import { SessionsService } from './sessions/sessions.service';
import { SigningKey } from './keys/signing-key.entity';
import { StepUps } from './sessions/step-ups';
import { TestAccounts } from './registration/test-accounts';
import { StepUpsController } from './sessions/step-ups.controller';
import { TokenVerifier } from '../tokens/token-verifier';
import { TokenInquiries } from './oauth/token-inquiries';
import { TokenSigner } from './keys/token-signer';

/** What stands outside the options, because the shape of the module depends on it. */
interface AuthModuleExtras {
  isGlobal: boolean;
  /** Mount the routes. Default true; without them a host calls the services from routes of its own. */
  controllers: boolean;
  /** Mount `/admin/users` and `/admin/keys`, and keep an audit log; needs its table. Default false. */
  adminApi: boolean;
}

const CONTROLLERS = [
  RegisterController,
  RegistrationsController,
  PasswordsController,
  StepUpsController,
  AccountChangesController,
  AccountController,
  SessionsController,
  JwksController,
  OauthController,
];

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<AuthModuleOptions>({
  optionsInjectionToken: AUTH_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<AuthModuleExtras>(
    { isGlobal: false, controllers: true, adminApi: false },
    (definition, { isGlobal, controllers, adminApi }) => ({
      ...definition,
      global: isGlobal,
      imports: [...(definition.imports ?? []), ...(adminApi ? [AuditModule] : [])],
      controllers: [
        ...(controllers ? CONTROLLERS : []),
        ...(adminApi ? [AdminUsersController, AdminKeysController] : []),
      ],
      providers: [...(definition.providers ?? []), ...(adminApi ? [AdminUsers, AdminUserChanges] : [])],
    }),
  )
  .build();

/** Entities of this module, for a host that lists its entities by name. */
export const AUTH_ENTITIES = [Session, SigningKey];

/**
 * Needs UsersModule and VerificationModule among the `imports` of its `forRootAsync`. With SmsModule there, too, people get
 * a notice when their number or password was changed, or their account deleted.
 */
@Module({
  imports: [TypeOrmModule.forFeature(AUTH_ENTITIES), EventsModule],
  providers: [
    {
      provide: PhoneVault,
      useFactory: ({ secrets }: AuthModuleOptions) => new PhoneVault(secrets),
      inject: [AUTH_OPTIONS],
    },
    { provide: JwtService, useFactory: () => new JwtService({}) },
    KeyStore,
    KeysService,
    TokenSigner,
    {
      provide: TokenVerifier,
      useFactory: (keys: KeysService, { issuer, audience }: AuthModuleOptions) =>
        new TokenVerifier(keys, { issuer, audience }),
      inject: [KeysService, AUTH_OPTIONS],
    },
    AccessTokens,
    OauthClients,
    TokenInquiries,
    Revocations,
    JwtStrategy,
    JwtAuthenticator,
    { provide: AUTHENTICATOR, useExisting: JwtAuthenticator },
    PasswordHasher,
    PasswordLimit,
    PasswordRules,
    OwnPassword,
    PasswordsService,
    SessionsService,
    StepUps,
    SecurityAudit,
    Notices,
    AccountChanges,
    Erasures,
    SessionRetention,
    AccountDeletion,
    AccountExport,
    PasswordLogIn,
    CodeLogIn,
    SecondProof,
    AdminPhones,
    TestAccounts,
    HostUsers,
    NewAccounts,
    RegisterService,
    RegistrationStore,
    RegistrationsService,
    AccountsService,
  ],
  exports: [SessionsService, AccountsService, RegisterService, RegistrationsService, StepUps, AUTHENTICATOR],
})
export class AuthModule extends ConfigurableModuleClass {}
