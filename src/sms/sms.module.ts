import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { PhoneVault } from '../common/phone-vault';
import { EventsModule } from '../common/events.module';
import { AuditModule } from '../audit/audit.module';
import { AdminMessagesController } from './admin-messages.controller';
import { AdminMessages } from './admin-messages.service';
import { AdminProvidersController } from './admin-providers.controller';
import { AdminProviders } from './admin-providers.service';
import { AdminStatsController } from './admin-stats.controller';
import { Approvals } from './approvals';
import { SmsAttempt } from './attempt.entity';
import { AttemptRecorder } from './attempt-recorder';
import { BatchesService } from './batches.service';
import { SmsBudget } from './budget';
import { CallNotices } from './call-notices';
import { Conversions } from './conversions';
import { Delivery } from './delivery';
import { DeliveryReport } from './delivery-report';
import { DevInboxController } from './dev-inbox.controller';
import { DirectMessages } from './direct-messages';
import { SmsDispatcher } from './dispatcher';
import { MessageErasure } from './erasure';
import { GatewayCalls } from './gateway-calls';
import { InboxService } from './inbox.service';
import { MessageSources } from './message-sources';
import { SmsNotices } from './notices';
import { SmsMessage } from './message.entity';
import { Outbox } from './outbox';
import { ProviderBalances } from './provider-balances';
import { ProviderHealth } from './provider-health';
import { SmsProviderSetting } from './provider-setting.entity';
import { ProviderSettings } from './provider-settings';
import { Router } from './router';
import { ReceiptReport } from './receipt-report';
import { ReceiptRounds } from './receipt-rounds';
import { Rerouter } from './rerouter';
import { Retention } from './retention';
import { SmsReceipt } from './receipt.entity';
import { ReceiptsController } from './receipts.controller';
import { ReceiptsService } from './receipts.service';
import { SMS_PROVIDERS } from './sms-provider.interface';
import type { SmsModuleOptions } from './sms.options';
import { SmsStatistics } from './sms-statistics';
import { SmsService } from './sms.service';
import { SMS_OPTIONS } from './sms.tokens';
import { UnknownSettler } from './unknown-settler';

/** What stands outside the options, because the shape of the module depends on it. */
interface SmsModuleExtras {
  isGlobal: boolean;
  /** Mount `/dev/inbox` and `/dev/messages`. Default false; never in production. */
  devInbox: boolean;
  /** Mount `/hooks/sms/{provider}/{token}`, where gateways push receipts. Default false. */
  receiptHooks: boolean;
  /** Mount `/admin/messages`, `/admin/stats` and `/admin/providers`; needs the audit log's table. Default false. */
  adminApi: boolean;
}

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<SmsModuleOptions>({
  optionsInjectionToken: SMS_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<SmsModuleExtras>(
    { isGlobal: false, devInbox: false, receiptHooks: false, adminApi: false },
    (definition, { isGlobal, devInbox, receiptHooks, adminApi }) => ({
      ...definition,
      global: isGlobal,
      imports: [...(definition.imports ?? []), ...(adminApi ? [AuditModule] : [])],
      controllers: [
        ...(devInbox ? [DevInboxController] : []),
        ...(receiptHooks ? [ReceiptsController] : []),
        ...(adminApi ? [AdminMessagesController, AdminStatsController, AdminProvidersController] : []),
      ],
      providers: [
        ...(definition.providers ?? []),
        ...(adminApi ? [AdminMessages, SmsStatistics, ProviderBalances, AdminProviders] : []),
      ],
    }),
  )
  .build();

/** Entities of this module, for a host that lists its entities by name. */
export const SMS_ENTITIES = [SmsMessage, SmsAttempt, SmsReceipt, SmsProviderSetting];

/** The lease outlives the longest call by far: a claim that ends early would make a sent message *unknown*. */
const LEASE_MARGIN_MS = 15_000;

@Module({
  imports: [TypeOrmModule.forFeature(SMS_ENTITIES), EventsModule],
  providers: [
    {
      provide: SMS_PROVIDERS,
      useFactory: ({ providers }: SmsModuleOptions) => providers,
      inject: [SMS_OPTIONS],
    },
    {
      provide: PhoneVault,
      useFactory: ({ secrets }: SmsModuleOptions) => new PhoneVault(secrets),
      inject: [SMS_OPTIONS],
    },
    {
      provide: Outbox,
      useFactory: ({ timeoutMs }: SmsModuleOptions, dataSource: DataSource) =>
        new Outbox(dataSource, (timeoutMs ?? 5_000) + LEASE_MARGIN_MS),
      inject: [SMS_OPTIONS, getDataSourceToken()],
    },
    MessageSources,
    DirectMessages,
    ProviderHealth,
    ProviderSettings,
    Conversions,
    Router,
    SmsBudget,
    Approvals,
    DeliveryReport,
    AttemptRecorder,
    GatewayCalls,
    Delivery,
    ReceiptReport,
    ReceiptsService,
    UnknownSettler,
    ReceiptRounds,
    Rerouter,
    Retention,
    SmsDispatcher,
    BatchesService,
    CallNotices,
    SmsNotices,
    MessageErasure,
    SmsService,
    InboxService,
  ],
  exports: [
    SmsService,
    SmsNotices,
    MessageErasure,
    ReceiptsService,
    SmsBudget,
    Router,
    ProviderHealth,
    ProviderSettings,
    SMS_PROVIDERS,
  ],
})
export class SmsModule extends ConfigurableModuleClass {}
