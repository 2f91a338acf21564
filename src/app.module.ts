import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from './auth/auth.module';
import { isStep } from './auth/registration/registration-steps';
import type { TrustedProxies } from './common/client-address';
import { Secrets } from './common/secrets';
import { dataSourceOptions } from './database/data-source.options';
import { DemoModule } from './demo/demo.module';
import { captchaMode, type Env } from './env';
import { readTexts } from './env-content';
import { readOauthClients } from './env-validators';
import { providerNames } from './env-rules';
import { budgetsOf, pricesOf, providerWeights } from './sms-settings';
import { IdempotencyModule } from './idempotency/idempotency.module';
import { Metrics } from './ops/metrics';
import { sharesOf } from './ops/metrics-budgets';
import { MetricsModule } from './ops/metrics.module';
import { OpsModule } from './ops/ops.module';
import { storageMetrics } from './ops/storage-metrics';
import { policiesOf } from './policies';
import { RateLimitModule } from './rate-limit/rate-limit.module';
import { RedisModule } from './redis/redis.module';
import { createSmsProviders } from './sms-providers.factory';
import { createStores, uploadOptions } from './storage.factory';
import { StorageModule } from './storage/storage.module';
import { UploadsModule } from './storage/uploads/uploads.module';
import type { RefusalClass } from './sms/sms-provider.interface';
import type { LuosimaoStatuses } from './sms/providers/luosimao-receipts';
import type { ReceiptOptions } from './sms/receipt.options';
import { SmsBudget } from './sms/budget';
import { SmsModule } from './sms/sms.module';
import type { SmsModuleOptions } from './sms/sms.options';
import { UsersModule } from './users/users.module';
import { UsersService } from './users/users.service';
import { parseTestNumbers } from './verification/test-numbers';
import { VerificationModule } from './verification/verification.module';
import { WebhooksModule } from './webhooks/webhooks.module';

/** What main.ts has settled by the time the application is put together. */
export interface Settings {
  readonly env: Env;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** 32 bytes. */
  readonly secretKey: Buffer;
  /** What every Redis key begins with. Default `gatecode:`. */
  readonly redisPrefix?: string;
  /** What a test changes that no variable can, e.g. how soon a circuit opens. */
  readonly sms?: Partial<SmsModuleOptions>;
  /** Origin of this instance, where `PUBLIC_URL` does not say it: known once it listens. */
  readonly ownUrl?: () => string;
}

/** The only place that turns the environment into module options. */
@Module({})
export class AppModule {
  static with(settings: Settings): DynamicModule {
    const { env } = settings;
    const secrets = new Secrets(settings.secretKey);
    const production = env.NODE_ENV === 'production';
    const countries = env.COUNTRIES.split(',');
    const providers = createSmsProviders(env);

    const sms = SmsModule.forRoot({
      providers,
      secrets,
      countries,
      texts: readTexts(env.LUOSIMAO_TEXTS),
      timeoutMs: env.SMS_TIMEOUT_MS,
      retentionDays: env.SMS_RETENTION_DAYS,
      weights: providerWeights(env),
      failOverOn: env.SMS_FAIL_OVER_ON?.split(',') as RefusalClass[] | undefined,
      budget: budgetsOf(env),
      prices: pricesOf(env),
      ...settings.sms,
      receipts: receiptOptions(env),
      receiptHooks: true,
      adminApi: true,
      devInbox: !production && providerNames(env).includes('inbox'),
    });
    const metrics = MetricsModule.forRootAsync({
      imports: [sms],
      inject: [SmsBudget],
      useFactory: (budget: SmsBudget) => ({
        port: env.METRICS_PORT,
        host: env.METRICS_HOST,
        token: env.METRICS_TOKEN,
        openToLoopback: !production,
        providers: providers.map(({ name }) => name),
        budgets: async () => sharesOf(await budget.spending()),
      }),
    });
    const storage = storageModule(settings, secrets, metrics);
    const uploads = storage && UploadsModule.forRoot({ storage, ...uploadOptions(env) });
    const users = UsersModule.forRoot({ secrets, countries, uploads });
    const verification = VerificationModule.forRootAsync({
      imports: [sms, users],
      inject: [UsersService],
      useFactory: (accounts: UsersService) => ({
        secrets,
        accounts,
        countries,
        captchaMode: captchaMode(env),
        codeLength: env.CODE_LENGTH,
        codeTtl: env.CODE_TTL,
        codeMaxAttempts: env.CODE_MAX_ATTEMPTS,
        resendCooldown: env.RESEND_COOLDOWN,
        phoneHourlyLimit: env.PHONE_HOURLY_LIMIT,
        phoneDailyLimit: env.PHONE_DAILY_LIMIT,
        segmentHourlyLimit: env.SEGMENT_HOURLY_LIMIT,
        segmentEffect: env.SEGMENT_EFFECT,
        callCooldown: env.VOICE_COOLDOWN,
        callsDailyLimit: env.VOICE_DAILY_LIMIT,
        testNumbers: parseTestNumbers(env.SMS_TEST_NUMBERS),
        checkHourlyLimit: env.CHECK_HOURLY_LIMIT,
        liveVerifications: env.LIVE_VERIFICATIONS,
        voice: providers.some(({ channels }) => channels.has('voice')),
      }),
      devCaptchas: !production,
      adminApi: true,
    });
    const auth = AuthModule.forRootAsync({
      imports: [sms, users, verification],
      useFactory: () => ({
        secrets,
        countries,
        issuer: env.JWT_ISSUER,
        audience: env.JWT_AUDIENCE,
        accessTokenTtl: env.ACCESS_TOKEN_TTL,
        algorithm: env.JWT_ALGORITHM,
        keyRotationDays: env.KEY_ROTATION_DAYS,
        oauthClients: env.OAUTH_CLIENTS === undefined ? [] : readOauthClients(env.OAUTH_CLIENTS),
        refreshIdleTtl: env.REFRESH_TOKEN_IDLE_TTL,
        refreshAbsoluteTtl: env.REFRESH_TOKEN_ABSOLUTE_TTL,
        refreshReuseGrace: env.REFRESH_REUSE_GRACE,
        passwordHourlyLimit: env.PASSWORD_HOURLY_LIMIT,
        captchaMode: captchaMode(env),
        logInCreatesUsers: env.LOGIN_CREATES_USERS === 'true',
        idleAccountDays: env.IDLE_ACCOUNT_DAYS,
        adminPhones: env.ADMIN_PHONES?.split(','),
        roles: env.ROLES?.split(','),
        accountHoldDays: env.ACCOUNT_HOLD_DAYS,
        registrationSteps: env.REGISTRATION_STEPS.split(',').filter(isStep),
        registrationTtl: env.REGISTRATION_TTL,
        policyVersion: env.POLICY_VERSION,
      }),
      adminApi: true,
    });

    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRoot({ ...dataSourceOptions(settings.databaseUrl), migrationsRun: !production }),
        RedisModule.forRoot({ url: settings.redisUrl, prefix: settings.redisPrefix }),
        RateLimitModule.forRoot({
          perMinute: env.THROTTLE_PER_MINUTE,
          sendsPerHour: env.IP_HOURLY_LIMIT,
          sendsPerPrefixAndHour: env.PREFIX_HOURLY_LIMIT,
          trustedProxies: trustedProxies(env),
          isGlobal: true,
        }),
        IdempotencyModule.forRoot({
          secrets,
          ttl: env.IDEMPOTENCY_TTL,
          trustedProxies: trustedProxies(env),
        }),
        sms,
        ...(uploads ? [uploads] : []),
        users,
        verification,
        auth,
        WebhooksModule.forRoot({
          urls: env.WEBHOOK_URLS?.split(','),
          secret: env.WEBHOOK_SECRET,
          events: env.WEBHOOK_EVENTS?.split(','),
        }),
        metrics,
        OpsModule.forRoot({ policies: policiesOf(env, providers) }),
        ...(storage && !production ? [DemoModule.with(storage)] : []),
      ],
    };
  }
}

/** Without a store there are no uploads. */
function storageModule(
  { env, ownUrl }: Settings,
  secrets: Secrets,
  metrics: DynamicModule,
): DynamicModule | undefined {
  const options = createStores(env, { secrets, ownUrl });
  if (!options) return undefined;
  return StorageModule.forRootAsync({
    imports: [metrics],
    inject: [Metrics],
    useFactory: (measured: Metrics) => ({ ...options, onCall: storageMetrics(measured) }),
    localRoutes: 'local' in options.stores,
  });
}

/** Where receipts are taken; nowhere without a token. */
function receiptOptions(env: Env): ReceiptOptions | undefined {
  const { SMS_RECEIPT_TOKEN: token, SMS_RECEIPT_SOURCES: sources } = env;
  if (token === undefined) return undefined;
  const statuses = env.LUOSIMAO_RECEIPT_STATUSES.split(',').map((pair) => pair.split(':'));
  return {
    token,
    sources: sources?.split(','),
    trustedProxies: trustedProxies(env),
    luosimaoStatuses: Object.fromEntries(statuses) as LuosimaoStatuses,
  };
}

/** `TRUSTED_PROXIES` is a number of hops, or addresses and CIDRs; unset trusts nobody. */
export function trustedProxies({ TRUSTED_PROXIES: value }: Env): TrustedProxies {
  if (value === undefined) return 0;
  return /^\d+$/.test(value) ? Number(value) : value.split(',');
}
