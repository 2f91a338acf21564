import type { Secrets } from '../common/secrets';
import type { SmsProvider } from './sms-provider.interface';
import type { SmsTexts } from './sms-texts';

/** What SmsModule needs to know. It reads no environment. */
export interface SmsModuleOptions {
  /** Gateways in order of preference; a later one is called only where the answer of an earlier one allows it. */
  readonly providers: readonly SmsProvider[];
  /** Seals numbers and texts that wait in the outbox. */
  readonly secrets: Secrets;
  /** ISO 3166 codes of the countries messages may go to; the first is assumed for national spellings. */
  readonly countries: readonly string[];
  /** Texts that the inbox shows, before the built-in ones; a gateway has its own. */
  readonly texts?: SmsTexts;
  /** Total deadline of one gateway call, milliseconds. A claim's lease outlives it. Default 5000. */
  readonly timeoutMs?: number;
  /** Messages in flight on this instance. Default 200. */
  readonly inFlight?: number;
  /** How often the outbox is looked through without being woken, milliseconds. Default 1000. */
  readonly pollMs?: number;
  /** false: this instance only writes messages, others send them. Default true. */
  readonly dispatch?: boolean;
}
