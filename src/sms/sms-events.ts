import type { RefusalClass, SmsOutcome } from './sms-provider.interface';

/** What every event about one message says. */
export interface MessageFacts {
  readonly messageId: string;
  /** What the source knows the message by, e.g. the id of a verification. */
  readonly reference: string | null;
  readonly purpose: string;
  readonly channel: string;
  /** ISO 3166 code of the number's country. */
  readonly country: string;
}

/** One call of one gateway. */
export interface AttemptFacts extends MessageFacts {
  readonly provider: string;
  /** Counts the calls for this message from 1. */
  readonly number: number;
  readonly vendorCode: string | null;
  readonly durationMs: number;
}

declare module '../common/events' {
  interface EventMap {
    'sms.attempt.accepted': AttemptFacts & {
      readonly segments: number | null;
      /** Minor units of the configured currency; null without a price. */
      readonly cost: number | null;
    };
    'sms.attempt.refused': AttemptFacts & { readonly refusal: RefusalClass; readonly next: string };
    'sms.attempt.unknown': AttemptFacts & {
      readonly reason: Extract<SmsOutcome, { kind: 'unknown' }>['reason'];
    };
    /** No gateway took the message and none will be asked any more, or it was too late to send it. */
    'sms.message.failed': MessageFacts & { readonly state: 'refused' | 'expired' };
    'sms.receipt': MessageFacts & {
      readonly provider: string;
      readonly status: 'delivered' | 'undelivered' | 'unknown';
      readonly vendorCode: string;
    };
    /** An undelivered message is sent once more through another gateway. */
    'sms.rerouted': MessageFacts & { readonly from: string; readonly newMessageId: string };
    /** Something about an account needs a person: credentials, signature, template, balance, address list, unknown code. */
    'sms.provider.alert': {
      readonly provider: string;
      readonly refusal: RefusalClass;
      readonly vendorCode: string;
      readonly vendorText: string | null;
    };
    'sms.circuit.changed': { readonly provider: string; readonly state: 'closed' | 'half-open' | 'open' };
    /** A send was refused for what the guard against pumping knows. */
    'sms.blocked': {
      readonly kind: 'phone' | 'segment' | 'address';
      readonly effect: 'block' | 'challenge' | 'record';
      /** Masked, e.g. `1380013****`. */
      readonly subject: string;
      readonly sends: number;
      readonly verified: number;
    };
    'sms.budget.alert': {
      readonly window: 'minute' | 'hour' | 'day';
      readonly kind: 'messages' | 'money';
      /** 80 or 100. */
      readonly percent: number;
      readonly limit: number;
      /** RFC 3339: when the window ends. */
      readonly until: string;
    };
  }
}
