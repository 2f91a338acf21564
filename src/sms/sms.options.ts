import type { Secrets } from '../common/secrets';
import type { Budgets } from './budget-windows';
import type { CircuitOptions } from './circuit';
import type { ReceiptOptions } from './receipt.options';
import type { Steering } from './route';
import type { RefusalClass, SmsProvider } from './sms-provider.interface';
import type { SmsTexts } from './sms-texts';

/** What SmsModule needs to know. It reads no environment. */
export interface SmsModuleOptions {
  /** Gateways in order of preference; a later one is called only where the answer of an earlier one allows it. */
  readonly providers: readonly SmsProvider[];
  /** Seals numbers and texts that wait in the outbox. */
  readonly secrets: Secrets;
  /** ISO 3166 codes of the countries messages may go to; the first is assumed for national spellings. */
  readonly countries: readonly string[];
  /**
   * Shares of the messages by provider name; in a list with weights a gateway without one counts 1. Without any weight
   * the order of `providers` is kept.
   */
  readonly weights?: Readonly<Record<string, number>>;
  /** How far conversion may move the weights. */
  readonly steering?: Steering;
  /** When a gateway in trouble is left alone. */
  readonly circuit?: CircuitOptions;
  /** Refusals that fail over only on request: K blacklists, T content, Q daily caps of an application. Default none. */
  readonly failOverOn?: readonly RefusalClass[];
  /** What may be spent; needs Redis. Default: no limit. */
  readonly budget?: Budgets;
  /** Minor units of one currency for one segment, by provider name. */
  readonly prices?: Readonly<Record<string, number>>;
  /** Texts that the inbox shows, before the built-in ones; a gateway has its own. */
  readonly texts?: SmsTexts;
  /** How gateways report what became of messages. Without it their hooks answer 404. */
  readonly receipts?: ReceiptOptions;
  /** Total deadline of one gateway call, milliseconds. A claim's lease outlives it. Default 5000. */
  readonly timeoutMs?: number;
  /** Days after which a message is forgotten, at least 2: the limits of a day are counted by the table. Default 90. */
  readonly retentionDays?: number;
  /** Messages in flight on this instance. Default 200. */
  readonly inFlight?: number;
  /** How often the outbox is looked through without being woken, milliseconds. Default 1000. */
  readonly pollMs?: number;
  /** false: this instance only writes messages, others send them. Default true. */
  readonly dispatch?: boolean;
}
