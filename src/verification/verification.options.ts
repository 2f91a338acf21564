import type { Secrets } from '../common/secrets';
import type { TestNumber } from './test-numbers';
import type { SegmentEffect } from './admission';

/** What this module asks of whoever keeps the accounts. */
export interface AccountDirectory {
  /** @param phoneIndex blind index of the number */
  hasPhone(phoneIndex: Buffer): Promise<boolean>;
  /** Needed with test numbers: whether an account exists that no public code may open. Default: none does. */
  hasRealAccount?(phoneIndex: Buffer): Promise<boolean>;
  /** @returns blind index of the user's own number, if it has one */
  phoneIndexOf(userId: string): Promise<Buffer | undefined>;
}

export type CaptchaMode = 'always' | 'risk' | 'never';

/** What VerificationModule needs to know. A limit of 0 means none. */
export interface VerificationModuleOptions {
  readonly secrets: Secrets;
  /** Needed for `reset_password` (unknown numbers get no SMS) and for purposes that go to the caller's own number. */
  readonly accounts: AccountDirectory;
  /** ISO 3166 codes; the first is assumed for national spellings. */
  readonly countries: readonly string[];
  readonly captchaMode: CaptchaMode;
  /** Digits, 6 to 10. */
  readonly codeLength: number;
  /** Seconds, at most 600. */
  readonly codeTtl: number;
  readonly codeMaxAttempts: number;
  /** Seconds between two messages to one number. */
  readonly resendCooldown: number;
  readonly phoneHourlyLimit: number;
  readonly phoneDailyLimit: number;
  /** Sends in one number segment per hour that nobody verified; each one that was verified makes room for one more. */
  readonly segmentHourlyLimit: number;
  /** What happens to sends beyond it. Default `block`. */
  readonly segmentEffect?: SegmentEffect;
  /** Seconds between two calls to one number. Default: as `resendCooldown`. */
  readonly callCooldown?: number;
  /** Calls to one number per day. Default: half of `phoneDailyLimit`. */
  readonly callsDailyLimit?: number;
  /** Numbers that get no message and have a code of their own. */
  readonly testNumbers?: readonly TestNumber[];
  /** Evaluated checks of one number per hour. */
  readonly checkHourlyLimit: number;
  /** Verifications of one number that can be used at the same time. */
  readonly liveVerifications: number;
  /** Whether any gateway can speak a code. */
  readonly voice: boolean;
}

/** Injection token for {@link VerificationModuleOptions}. */
export const VERIFICATION_OPTIONS = Symbol('VERIFICATION_OPTIONS');

/** Seconds a ticket can be redeemed. */
export const TICKET_TTL = 600;
