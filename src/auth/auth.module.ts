import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { EventsModule } from '../common/events.module';
import { AUTHENTICATOR } from '../common/jwt-auth.guard';
import { PhoneVault } from '../common/phone-vault';
import { AccessTokens } from './access-tokens';
import { AccountChangesController } from './account-changes.controller';
import { AccountChanges } from './account-changes.service';
import { AccountDeletion } from './account-deletion';
import { AccountExport } from './account-export';
import { AccountController } from './account.controller';
import { AccountsService } from './accounts.service';
import { AdminKeysController } from './admin-keys.controller';
import { AdminPhones } from './admin-phones';
import { AdminUserChanges } from './admin-user-changes';
import { AdminUsersController } from './admin-users.controller';
import { AdminUsers } from './admin-users.service';
import { AUTH_OPTIONS, type AuthModuleOptions } from './auth.options';
import { CodeLogIn } from './code-log-in';
import { Erasures } from './erasures';
import { JwksController } from './jwks.controller';
import { JwtAuthenticator } from './jwt.authenticator';
import { JwtStrategy } from './jwt.strategy';
import { KeyStore } from './key-store';
import { HostUsers } from './host-users';
import { KeysService } from './keys.service';
import { NewAccounts } from './new-accounts';
import { Notices } from './notices';
import { OauthClients } from './oauth-clients';
import { OauthController } from './oauth.controller';
import { OwnPassword } from './own-password';
import { PasswordHasher } from './password-hasher';
import { PasswordLimit } from './password-limit';
import { PasswordLogIn } from './password-log-in';
import { PasswordRules } from './password-rules';
import { PasswordsController } from './passwords.controller';
import { PasswordsService } from './passwords.service';
import { RegisterController } from './register.controller';
import { RegisterService } from './register.service';
import { RegistrationStore } from './registration-store';
import { RegistrationsController } from './registrations.controller';
import { RegistrationsService } from './registrations.service';
import { Revocations } from './revocations';
import { SecondProof } from './second-proof';
import { SecurityAudit } from './security-audit';
import { SessionRetention } from './session-retention';
import { Session } from './session.entity';
import { SessionsController } from './sessions.controller';
import { SessionsService } from './sessions.service';
import { SigningKey } from './signing-key.entity';
import { StepUps } from './step-ups';
import { TestAccounts } from './test-accounts';
import { StepUpsController } from './step-ups.controller';
import { TokenVerifier } from '../tokens/token-verifier';
import { TokenInquiries } from './token-inquiries';
import { TokenSigner } from './token-signer';

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
