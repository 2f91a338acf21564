import { Problem } from '../common/problem';
import type { ProblemCode } from '../common/problem-catalog';
import type { AdmissionRefusal } from './admission';

const CODE_OF: Readonly<Record<AdmissionRefusal, ProblemCode>> = {
  UNKNOWN: 'VERIFICATION_UNKNOWN',
  USED: 'VERIFICATION_USED',
  EXHAUSTED: 'VERIFICATION_EXHAUSTED',
  EXPIRED: 'VERIFICATION_EXPIRED',
  COOLDOWN: 'SEND_COOLDOWN',
  PHONE_HOUR: 'PHONE_HOURLY_LIMIT',
  PHONE_DAY: 'PHONE_DAILY_LIMIT',
  CALLS_DAY: 'VOICE_DAILY_LIMIT',
  SEGMENT_HOUR: 'SEGMENT_HOURLY_LIMIT',
  LIVE: 'LIVE_VERIFICATIONS',
  BLOCKED: 'SEND_BLOCKED',
  BUDGET: 'SMS_BUDGET_EXHAUSTED',
  CAPTCHA: 'CAPTCHA_REQUIRED',
};

/** Milliseconds to wait -> whole seconds, never too few. */
export function retryAfter(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / 1_000));
}

/** A refused admission in the words of the HTTP contract. */
export function admissionProblem({
  verdict,
  waitMs,
}: {
  verdict: AdmissionRefusal;
  waitMs: number;
}): Problem {
  return new Problem(CODE_OF[verdict], waitMs > 0 ? { retryAfter: retryAfter(waitMs) } : {});
}
