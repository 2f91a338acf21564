import { Inject, Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Problem } from '../common/problem';
import { loadLua, LuaScript } from '../redis/lua-script';
import { REDIS, type RedisConnection } from '../redis/redis.module';
import { UndoQueue } from './undo-queue';
import { slotOf } from './verification-id';

/** A number as the store knows it: blind indexes only. */
export interface StoredNumber {
  readonly index: string;
  readonly segment: string;
}

export interface Limits {
  readonly cooldownMs: number;
  readonly hour: number;
  readonly day: number;
  readonly segment: number;
  readonly live: number;
}

export interface AdmissionRequest {
  readonly mode: 'start' | 'resend';
  readonly verificationId: string;
  readonly messageId: string;
  readonly limits: Limits;
  /** Sends within the hour from which on a captcha is asked; 0 = not asked. */
  readonly captchaFrom: number;
  readonly addressSends: number;
  readonly lifetimeMs: number;
  readonly attempts: number;
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
  | 'SEGMENT_HOUR'
  | 'LIVE'
  | 'CAPTCHA';

export type Admission =
  | { readonly verdict: AdmissionRefusal; readonly waitMs: number }
  | {
      readonly verdict: 'ADMITTED';
      readonly expiresAt: number;
      readonly resendAt: number;
      readonly attemptsLeft: number;
      readonly now: number;
      readonly record: Readonly<Record<string, string>>;
    };

export type CheckVerdict =
  | {
      readonly verdict: 'UNKNOWN' | 'USED' | 'EXHAUSTED' | 'EXPIRED' | 'MALFORMED';
      /** Of the verification, where there is one. */
      readonly purpose?: string;
    }
  | { readonly verdict: 'MISMATCH'; readonly purpose: string; readonly attemptsLeft: number }
  | { readonly verdict: 'CHECK_LIMIT'; readonly purpose: string; readonly waitMs: number }
  | {
      readonly verdict: 'MATCHED';
      readonly purpose: string;
      readonly phoneIndex: string;
      readonly phone: string;
      readonly subject: string;
    };

export interface VerificationRecord {
  readonly now: number;
  readonly lastSendAt: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** The state of verifications in Redis. Every method is one script, one round trip. */
@Injectable()
export class VerificationStore {
  private readonly admission: LuaScript;
  private readonly checking: LuaScript;
  private readonly reading: LuaScript;
  private readonly cancelling: LuaScript;
  private readonly givingBack: LuaScript;
  private readonly marking: LuaScript;
  private readonly releasing: LuaScript;
  private readonly undoing = new UndoQueue();

  constructor(@Inject(REDIS) private readonly redis: RedisConnection) {
    const script = (file: string) => new LuaScript(redis, file, loadLua(__dirname, `${file}.lua`));
    this.admission = script('admission');
    this.checking = script('check');
    this.reading = script('read');
    this.cancelling = script('cancel');
    this.givingBack = script('give-back');
    this.marking = script('mark-decoy');
    this.releasing = script('release');
  }

  async admit(request: AdmissionRequest): Promise<Admission> {
    const { limits } = request;
    const undo = () => this.takeBack(request);
    const answer = (await this.undoable(undo, this.admission, [
      [this.recordKey(request.verificationId)],
      [
        request.mode,
        request.messageId,
        limits.cooldownMs,
        limits.hour,
        limits.day,
        limits.segment,
        limits.live,
        request.captchaFrom,
        request.addressSends,
        request.verificationId,
        request.lifetimeMs,
        request.attempts,
        this.slotPrefix(request.verificationId),
        ...Object.entries(request.record).flat(),
      ],
    ])) as string[];
    if (answer[0] !== 'ADMITTED') {
      return { verdict: answer[0] as AdmissionRefusal, waitMs: Number(answer[1] ?? 0) };
    }
    const [expiresAt, resendAt, attemptsLeft, now] = answer.slice(2, 6).map(Number);
    return { verdict: 'ADMITTED', expiresAt, resendAt, attemptsLeft, now, record: pairs(answer.slice(6)) };
  }

  async check(
    verificationId: string,
    presented: { matched: boolean; length: number },
    purposes: readonly string[] | '*',
    hourlyLimit: number,
  ): Promise<CheckVerdict> {
    const checkId = uuidv7();
    const undo = () => this.release(verificationId, { checkId, givesAttemptBack: true });
    const answer = (await this.undoable(undo, this.checking, [
      [this.recordKey(verificationId)],
      [
        presented.matched ? 1 : 0,
        presented.length,
        purposes === '*' ? '*' : purposes.join(','),
        hourlyLimit,
        this.slotPrefix(verificationId),
        checkId,
        verificationId,
      ],
    ])) as string[];
    const [verdict, wait, left, purpose, phoneIndex, phone, subject] = answer;
    switch (verdict) {
      case 'MATCHED':
        return { verdict, purpose, phoneIndex, phone, subject };
      case 'MISMATCH':
        return { verdict, purpose, attemptsLeft: Number(left) };
      case 'CHECK_LIMIT':
        return { verdict, purpose, waitMs: Number(wait) };
      default:
        return { verdict: verdict as 'UNKNOWN' | 'USED' | 'EXHAUSTED' | 'EXPIRED' | 'MALFORMED', purpose };
    }
  }

  async read(verificationId: string): Promise<VerificationRecord | undefined> {
    const [now, last, ...flat] = (await this.reading.run(
      [this.recordKey(verificationId)],
      [this.slotPrefix(verificationId)],
    )) as string[];
    if (now === undefined) return undefined;
    return { now: Number(now), lastSendAt: Number(last), fields: pairs(flat) };
  }

  /** @returns false when there was nothing to cancel */
  async cancel(verificationId: string): Promise<boolean> {
    const keys = [this.recordKey(verificationId)];
    return (await this.cancelling.run(keys, [this.slotPrefix(verificationId), verificationId])) === 1;
  }

  /**
   * Takes a message out of the counts; with `forget`, the verification too.
   * @returns the address that asked last, or ''
   */
  async giveBack(
    verificationId: string,
    messageId: string,
    number: StoredNumber,
    forget: boolean,
  ): Promise<string> {
    const keys = this.keysOf(verificationId, number);
    return (await this.givingBack.run(keys, [messageId, forget ? verificationId : ''])) as string;
  }

  /** Makes every code of this verification a wrong one. */
  async makeDecoy(verificationId: string): Promise<void> {
    await this.marking.run([this.recordKey(verificationId)], []);
  }

  /**
   * Undoes a consumption that bought nothing.
   * @param checkId only the consumption by this check
   */
  async release(
    verificationId: string,
    { checkId = '', givesAttemptBack }: { checkId?: string; givesAttemptBack: boolean },
  ): Promise<void> {
    await this.releasing.run([this.recordKey(verificationId)], [checkId, givesAttemptBack ? '1' : '']);
  }

  /** Runs a script; when nobody knows whether it ran, what it may have done is undone later. */
  private async undoable(
    undo: () => Promise<void>,
    script: LuaScript,
    [keys, args]: Parameters<LuaScript['run']>,
  ): Promise<unknown> {
    try {
      return await script.run(keys, args);
    } catch (error) {
      if (error instanceof Problem && error.code === 'STORE_UNAVAILABLE' && mayHaveRun(error.cause)) {
        this.undoing.add(undo);
      }
      throw error;
    }
  }

  /** Undoes an admission, whether it took place or not. */
  private async takeBack({ mode, verificationId, messageId, record }: AdmissionRequest): Promise<void> {
    const fields = mode === 'start' ? record : (await this.read(verificationId))?.fields;
    if (!fields) return;
    const number = { index: fields.phoneIndex, segment: fields.segment };
    await this.giveBack(verificationId, messageId, number, mode === 'start');
  }

  private slotPrefix(verificationId: string): string {
    return `${this.redis.prefix}{${slotOf(verificationId)}}:`;
  }

  private recordKey(verificationId: string): string {
    return `${this.slotPrefix(verificationId)}verification:${verificationId}`;
  }

  private keysOf(verificationId: string, { index, segment }: StoredNumber): string[] {
    const prefix = this.slotPrefix(verificationId);
    return [
      this.recordKey(verificationId),
      `${prefix}sends:${index}`,
      `${prefix}live:${index}`,
      `${prefix}segment:${segment}`,
    ];
  }
}

/** A command that could not even be written has not run. */
function mayHaveRun(cause: unknown): boolean {
  return !(cause instanceof Error && /enableOfflineQueue|ECONNREFUSED/.test(cause.message));
}

function pairs(flat: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) fields[flat[i]] = flat[i + 1];
  return fields;
}
