import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { PhoneVault } from '../common/phone-vault';
import { SmsAttempt } from './attempt.entity';
import { DevInboxController } from './dev-inbox.controller';
import { DirectMessages } from './direct-messages';
import { SmsDispatcher } from './dispatcher';
import { InboxService } from './inbox.service';
import { MessageSources } from './message-sources';
import { SmsMessage } from './message.entity';
import { Outbox } from './outbox';
import { SMS_PROVIDERS } from './sms-provider.interface';
import type { SmsModuleOptions } from './sms.options';
import { SmsService } from './sms.service';
import { SMS_OPTIONS } from './sms.tokens';

/** What stands outside the options, because the shape of the module depends on it. */
interface SmsModuleExtras {
  isGlobal: boolean;
  /** Mount `/dev/inbox` and `/dev/messages`. Default false; never in production. */
  devInbox: boolean;
}

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<SmsModuleOptions>({
  optionsInjectionToken: SMS_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<SmsModuleExtras>({ isGlobal: false, devInbox: false }, (definition, { isGlobal, devInbox }) => ({
    ...definition,
    global: isGlobal,
    controllers: devInbox ? [DevInboxController] : [],
  }))
  .build();

/** Entities of this module, for a host that lists its entities by name. */
export const SMS_ENTITIES = [SmsMessage, SmsAttempt];

/** The lease outlives the longest call by far: a claim that ends early would make a sent message *unknown*. */
const LEASE_MARGIN_MS = 15_000;

@Module({
  imports: [TypeOrmModule.forFeature(SMS_ENTITIES)],
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
    SmsDispatcher,
    SmsService,
    InboxService,
  ],
  exports: [SmsService, SMS_PROVIDERS],
})
export class SmsModule extends ConfigurableModuleClass {}
