import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { Backoff } from './webhook-rules';

export interface WebhooksModuleOptions {
  /** Whom to tell; with none, nothing is made: no queue, no worker, no connection. */
  readonly urls?: readonly string[];
  /** Signs. `whsec_` and base64 of the key, or any text; 32 characters at least. Needed with `urls`. */
  readonly secret?: string;
  /** Names of events, or prefixes such as `sms.*`. Default: all but `sms.attempt.*` and `upload.begun`. */
  readonly events?: readonly string[];
  /** Default: twelve attempts within 22 hours. */
  readonly backoff?: Backoff;
  /** Of one attempt, milliseconds. @default 5000 */
  readonly deadlineMs?: number;
  /** Events that may wait in memory while Redis is gone; those that come then are lost. @default 1000 */
  readonly mostWaiting?: number;
}

export const { ConfigurableModuleClass: WebhooksModuleClass, MODULE_OPTIONS_TOKEN: WEBHOOKS_OPTIONS } =
  new ConfigurableModuleBuilder<WebhooksModuleOptions>({ moduleName: 'GatecodeWebhooks' })
    .setClassMethodName('forRoot')
    .build();
