import type { Channel } from '../sms/sms-provider.interface';

export interface Limits {
  readonly cooldownMs: number;
  readonly hour: number;
  readonly day: number;
  readonly segment: number;
  readonly live: number;
  readonly callCooldownMs: number;
  readonly callsDay: number;
}

/** What happens to sends in a segment where too few are verified. */
export type SegmentEffect = 'block' | 'challenge' | 'record';

/** A segment has just gone over its limit. */
export interface SegmentNews {
  readonly effect: SegmentEffect;
  readonly unverified: number;
  readonly verified: number;
  /** Until there is room again. */
  readonly ms: number;
  /** Blind index of the segment. */
  readonly segment: string;
  /** The number whose send was one too many, sealed. */
  readonly phone: Buffer;
}

export interface AdmissionRequest {
  readonly mode: 'start' | 'resend';
  readonly verificationId: string;
  readonly messageId: string;
  readonly channel: Channel;
  readonly limits: Limits;
  /** Sends within the hour from which on a captcha is asked; 0 = not asked. */
  readonly captchaFrom: number;
  readonly addressSends: number;
  readonly lifetimeMs: number;
  readonly attempts: number;
  readonly segmentEffect: SegmentEffect;
  readonly captcha: 'passed' | 'askable' | 'never';
  /** What a start remembers; a resend finds it. */
  readonly record: Readonly<Record<string, string>>;
}

export type AdmissionRefusal =
  | 'UNKNOWN'
  | 'USED'
  | 'EXHAUSTED'
  | 'EXPIRED'
  | 'COOLDOWN'
  | 'PHONE_HOUR'
  | 'PHONE_DAY'
  | 'CALLS_DAY'
  | 'SEGMENT_HOUR'
  | 'LIVE'
  | 'BLOCKED'
  | 'BUDGET'
  | 'CAPTCHA';

export type Admission =
  | { readonly verdict: AdmissionRefusal; readonly waitMs: number; readonly segmentNews?: SegmentNews }
  | {
      readonly verdict: 'ADMITTED';
      readonly segmentNews?: SegmentNews;
      /** Sends of the number within the hour and the day, and of its segment, before this one. */
      readonly counts: {
        readonly hour: number;
        readonly day: number;
        readonly unverified: number;
        /** Only where the segment is at its limit; elsewhere nobody has counted. */
        readonly verified?: number;
      };
      readonly expiresAt: number;
      readonly resendAt: number;
      readonly attemptsLeft: number;
      readonly now: number;
      readonly record: Readonly<Record<string, string>>;
    };
