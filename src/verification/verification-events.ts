import type { CheckVerdict } from './verification-store';

/** How a presented code fared; `malformed` has another length than the code. */
export type CheckResult =
  'matched' | 'mismatch' | 'expired' | 'exhausted' | 'used' | 'unknown' | 'limited' | 'malformed';

export const CHECK_RESULTS: Readonly<Record<CheckVerdict['verdict'], CheckResult>> = {
  MATCHED: 'matched',
  MISMATCH: 'mismatch',
  EXPIRED: 'expired',
  EXHAUSTED: 'exhausted',
  USED: 'used',
  UNKNOWN: 'unknown',
  CHECK_LIMIT: 'limited',
  MALFORMED: 'malformed',
};

declare module '../common/events' {
  interface EventMap {
    /** A code was judged. */
    'verification.checked': {
      readonly verificationId: string;
      /** Null when there is no such verification any more. */
      readonly purpose: string | null;
      readonly result: CheckResult;
    };
  }
}
