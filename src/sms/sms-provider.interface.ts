import type { Phone } from '../common/phone';
import type { CallNotice } from './call-notice';

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
  /**
   * Counts the submissions of this message to this gateway from 1: raised after a refusal, and the same for a repeat of
   * a call whose outcome is unknown. Message id and submission together are what an idempotency key is made of.
   * Default 1.
   */
  readonly submission?: number;
  /** An earlier call of this gateway for this message ended unknown: "duplicate" then means that it was taken. */
  readonly repeats?: boolean;
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
      /** Where the vendor's table says otherwise than the class: whether another gateway may be asked. */
      readonly failOver?: 'yes' | 'opt-in' | 'no';
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

/** What a gateway reports of a message after it took it. */
export interface Receipt {
  readonly provider: string;
  /** The vendor's id, as {@link SmsOutcome} had it. */
  readonly providerMessageId?: string;
  /** Our message id, where the vendor echoes it. */
  readonly messageId?: string;
  /** The handset, where the report names it; in E.164. */
  readonly phone?: Phone;
  readonly status: 'delivered' | 'undelivered' | 'unknown';
  /** The carrier's code, e.g. `DELIVRD`: kept for operators, never branched on. */
  readonly vendorCode: string;
  /** When the handset got it, if the report says so. */
  readonly reportedAt?: Date;
  readonly segments?: number;
}

/** One line about an account: what was looked at, how it stands, and what to do about it. */
export interface ProviderCheck {
  /** `reachability`, `credentials`, `clock`, `signature`, `template`, `balance`, `receipts`. */
  readonly subject: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do; given unless the verdict is `ok`. */
  readonly remedy?: string;
}

/** What is left on an account. */
export interface Balance {
  /** Messages, or minor units of a currency. */
  readonly left: number;
  readonly unit: 'messages' | 'minor-units';
}

/** One SMS gateway. */
export interface SmsProvider {
  /** Lower-case name used in configuration, records and metrics: `tencent`, `ronglian`, `luosimao`, `inbox`. */
  readonly name: string;
  readonly channels: ReadonlySet<Channel>;
  /** Whether it has words or a template for such messages. Without it: for all. */
  takes?(message: Pick<OutgoingMessage, 'purpose' | 'locale'>): boolean;
  /**
   * Hands one message to the gateway and waits for its answer, at most until the provider's total deadline.
   * @returns what became of it; rejects only for a fault in our own code
   */
  send(message: OutgoingMessage): Promise<SmsOutcome>;
  /** Its faults are played: its circuit never opens. */
  readonly isSimulated?: boolean;
  /** Whether a call may be repeated after an unknown outcome without a second message, within the day. */
  readonly isIdempotent?: boolean;
  /**
   * Hands one text to many numbers in one call. All messages share purpose, locale, channel and values.
   * @returns one outcome for each, in their order
   */
  readonly batchLimit?: number;
  sendBatch?(messages: readonly OutgoingMessage[]): Promise<SmsOutcome[]>;
  /**
   * Calls a telephone and plays a recording or reads a text. The same call twice rings twice.
   * @returns what became of the order to call, not of the call
   */
  callNotice?(notice: CallNotice): Promise<SmsOutcome>;
  /** Asks the vendor what became of a message; nothing when it does not know yet. */
  query?(message: {
    id: string;
    phone: Phone;
    providerMessageId?: string;
    sentAt: Date;
  }): Promise<Receipt | undefined>;
  /** What is left on the account; nothing when the vendor does not say. */
  balance?(): Promise<Balance | undefined>;
  /** Looks the account over without sending anything. */
  checkup?(): Promise<ProviderCheck[]>;
  /** Lets go of connections, once no call is under way any more. */
  close?(): Promise<void>;
}
