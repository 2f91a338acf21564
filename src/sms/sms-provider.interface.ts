import type { Phone } from '../common/phone';

/** Injection token for the ordered list of {@link SmsProvider}s this process may send through. */
export const SMS_PROVIDERS = Symbol('SMS_PROVIDERS');

export type Channel = 'sms' | 'voice';

/** Languages a message text exists in. */
export type Locale = 'zh' | 'en';

/** One message, ready for a gateway. */
export interface OutgoingMessage {
  /** Our message id (UUID): a provider with an idempotency key or an echo field sends it along. */
  readonly id: string;
  readonly phone: Phone;
  readonly channel: Channel;
  readonly purpose: string;
  readonly locale: Locale;
  /** Values a template may name, e.g. `{ code: '042931', minutes: '5' }`. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * What a refusal means for the next step:
 * R transient at the provider, Q account throttled, L recipient rate limit, C bad number, K recipient blocked,
 * T content refused, G configuration fault, B out of balance, P fault in our request, U a code nobody documented.
 */
export type RefusalClass = 'R' | 'Q' | 'L' | 'C' | 'K' | 'T' | 'G' | 'B' | 'P' | 'U';

/** The three ways a send can end. There is no fourth: a provider never throws for what the vendor or the network did. */
export type SmsOutcome =
  | {
      readonly kind: 'accepted';
      /** The vendor's id of the message, for receipts; absent when the vendor gave none. */
      readonly providerMessageId?: string;
      readonly vendorCode: string;
      /** Billed segments, when the vendor says so. */
      readonly segments?: number;
    }
  | {
      readonly kind: 'refused';
      readonly refusal: RefusalClass;
      readonly vendorCode: string;
      /** The vendor's words, for operators only: never for users, and free of numbers and codes. */
      readonly vendorText?: string;
      /** Vendor's request id, for its support desk. */
      readonly vendorRequestId?: string;
    }
  | {
      /** The message may have been taken: time-out after the request was written, cut, garbage, 5xx. */
      readonly kind: 'unknown';
      readonly reason: 'timeout' | 'cut' | 'unreadable' | 'server-error' | 'redirect' | 'vendor' | 'crash';
      readonly vendorCode?: string;
    };

/** One SMS gateway. */
export interface SmsProvider {
  /** Lower-case name used in configuration, records and metrics: `tencent`, `ronglian`, `luosimao`, `inbox`. */
  readonly name: string;
  readonly channels: ReadonlySet<Channel>;
  /**
   * Hands one message to the gateway and waits for its answer, at most until the provider's total deadline.
   * @returns what became of it; rejects only for a fault in our own code
   */
  send(message: OutgoingMessage): Promise<SmsOutcome>;
  /** Lets go of connections, once no call is under way any more. */
  close?(): Promise<void>;
}
