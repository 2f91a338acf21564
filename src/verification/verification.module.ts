import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { EventsModule } from '../common/events.module';
import { PhoneVault } from '../common/phone-vault';
import { REDIS, type RedisConnection } from '../redis/redis.module';
import { AdminBlocksController } from './admin-blocks.controller';
import { AdminLimitsController } from './admin-limits.controller';
import { AdmissionStore } from './admission-store';
import { Admissions } from './admissions';
import { Block } from './block.entity';
import { Blocks } from './blocks';
import { CaptchaService } from './captcha.service';
import { CaptchasController } from './captchas.controller';
import { CodeChecks } from './code-checks';
import { DevCaptchasController } from './dev-captchas.controller';
import { GuardStore } from './guard-store';
import { NumberErasure } from './number-erasure';
import { ProofRetention } from './proof-retention';
import { SpentVerification } from './spent-verification.entity';
import { StartRules } from './start-rules';
import { TestNumbers } from './test-numbers';
import { Tickets } from './tickets';
import { VerificationContent } from './verification-content';
import { VerificationStore } from './verification-store';
import { VERIFICATION_OPTIONS, type VerificationModuleOptions } from './verification.options';
import { VerificationService } from './verification.service';
import { VerificationsController } from './verifications.controller';

/** What stands outside the options, because the shape of the module depends on it. */
interface VerificationModuleExtras {
  isGlobal: boolean;
  /** Mount the routes. Default true; without them a host calls the services from routes of its own. */
  controllers: boolean;
  /** Mount `/dev/captchas`, which answers captchas. Default false; never in production. */
  devCaptchas: boolean;
  /** Mount `/admin/blocks` and `/admin/limits`; needs the audit log's table. Default false. */
  adminApi: boolean;
}

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<VerificationModuleOptions>({
  optionsInjectionToken: VERIFICATION_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<VerificationModuleExtras>(
    { isGlobal: false, controllers: true, devCaptchas: false, adminApi: false },
    (definition, { isGlobal, controllers, devCaptchas, adminApi }) => ({
      ...definition,
      global: isGlobal,
      imports: [...(definition.imports ?? []), ...(adminApi ? [AuditModule] : [])],
      controllers: [
        ...(controllers ? [CaptchasController, VerificationsController] : []),
        ...(devCaptchas ? [DevCaptchasController] : []),
        ...(adminApi ? [AdminBlocksController, AdminLimitsController] : []),
      ],
    }),
  )
  .build();

/** Entities of this module, for a host that lists its entities by name. */
export const VERIFICATION_ENTITIES = [SpentVerification, Block];

/** Needs SmsModule among the `imports` of its `forRootAsync`, and the global RedisModule and RateLimitModule. */
@Module({
  imports: [TypeOrmModule.forFeature(VERIFICATION_ENTITIES), EventsModule],
  providers: [
    {
      provide: PhoneVault,
      useFactory: ({ secrets }: VerificationModuleOptions) => new PhoneVault(secrets),
      inject: [VERIFICATION_OPTIONS],
    },
    {
      provide: CaptchaService,
      useFactory: (redis: RedisConnection, { secrets }: VerificationModuleOptions) =>
        new CaptchaService(redis, secrets, {}),
      inject: [REDIS, VERIFICATION_OPTIONS],
    },
    StartRules,
    TestNumbers,
    Blocks,
    Admissions,
    VerificationStore,
    AdmissionStore,
    GuardStore,
    VerificationContent,
    VerificationService,
    Tickets,
    NumberErasure,
    ProofRetention,
    CodeChecks,
  ],
  exports: [VerificationService, CodeChecks, Tickets, CaptchaService, TestNumbers, NumberErasure, Blocks],
})
export class VerificationModule extends ConfigurableModuleClass {}
