import type { MessageState } from '../../src/sms/message.entity';
import type { Vendor } from '../support/gateways';

// What clients, gateways and the database write down of one run. Times are milliseconds since the Unix epoch, by the
// clock of this machine, which all of them share.

export type RequestKind = 'start' | 'resend' | 'check' | 'login' | 'read';

/** One request, as its client saw it. */
export interface RequestEntry {
  readonly at: number;
  /** Until the whole answer was there. */
  readonly ms: number;
  readonly instance: number;
  readonly kind: RequestKind;
  readonly phone: string;
  /** What the service takes for the client's address. */
  readonly address: string;
  /** Asked about, or answered. */
  readonly verificationId?: string;
  /** 0: the connection ended without an answer. */
  readonly status: number;
  readonly isProblem: boolean;
  readonly code?: string;
  /** Seconds. */
  readonly retryAfter?: number;
  /** Of checks and log-ins: whether the code was the right one. */
  readonly right?: boolean;
}

/** One call that arrived at a gateway, broken and refused ones too. */
export interface CallEntry {
  readonly vendor: Vendor;
  readonly at: number;
  readonly phone: string;
  /** Every number of six digits in the body: the code is among them. */
  readonly numbers: readonly string[];
}

/** One message that a gateway took. */
export interface TakenEntry {
  readonly vendor: Vendor;
  readonly at: number;
  readonly phone: string;
  readonly code: string;
}

/** A receipt that a gateway pushed, until it was acknowledged or the run ended. */
export interface ReceiptEntry {
  readonly vendor: Vendor;
  readonly phone: string;
  readonly code: string;
  readonly fate: 'delivered' | 'undelivered';
  readonly isAcknowledged: boolean;
}

/** A row of the outbox. */
export interface MessageEntry {
  readonly id: string;
  readonly verificationId: string;
  readonly phone: string;
  readonly state: MessageState;
  readonly refusal: string | null;
  /** The undelivered message that it takes the place of. */
  readonly reroutedFrom: string | null;
  /** When admission counted it. */
  readonly admittedAt: number;
  readonly createdAt: number;
}

export interface AttemptEntry {
  readonly messageId: string;
  readonly provider: string;
  readonly outcome: 'accepted' | 'refused' | 'unknown';
  /** `crash`: whoever called died, or could not write down what it was told. */
  readonly vendorCode: string | null;
}

export interface Ledgers {
  readonly requests: readonly RequestEntry[];
  readonly calls: readonly CallEntry[];
  readonly taken: readonly TakenEntry[];
  readonly messages: readonly MessageEntry[];
  readonly attempts: readonly AttemptEntry[];
  readonly receipts: readonly ReceiptEntry[];
}

/** What was promised for the run. A limit of 0 means none. */
export interface Terms {
  /** Derives the code of a verification. */
  readonly codeOf: (verificationId: string) => string;
  readonly cooldownMs: number;
  readonly hourLimit: number;
  readonly dayLimit: number;
  readonly addressLimit: number;
  readonly segmentLimit: number;
  readonly budget: number;
  /** Every answer comes within this time. */
  readonly answerMs: number;
  /** When Redis lost what it knew: only the day's cap, which the message table knows too, holds across. */
  readonly forgottenAt: readonly number[];
  /** Whether a request may end without an answer: its instance is killed. */
  readonly losesAnswers: boolean;
  /** Whether a message may be stored whose caller was told 503: its database was paused in mid-statement. */
  readonly storesRefused: boolean;
}

/** A promise that was broken, with the lines that show it. */
export interface Violation {
  readonly rule: string;
  readonly what: string;
  readonly lines: readonly string[];
}
