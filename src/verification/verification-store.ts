import { Inject, Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Problem } from '../common/problem';
import { loadLua, LuaScript } from '../redis/lua-script';
import type { Channel } from '../sms/sms-provider.interface';
import { BUDGET_LUA, SmsBudget } from '../sms/budget';
import { REDIS, type RedisConnection } from '../redis/redis.module';
import { UndoQueue } from './undo-queue';
import { slotOf, slotOfSegment } from './verification-id';

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
        readonly verified: number;
      };
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

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly budget: SmsBudget,
  ) {
    const script = (file: string) => new LuaScript(redis, file, loadLua(__dirname, `${file}.lua`));
    this.admission = new LuaScript(redis, 'admission', BUDGET_LUA + loadLua(__dirname, 'admission.lua'));
    this.checking = script('check');
    this.reading = script('read');
    this.cancelling = script('cancel');
    this.givingBack = script('give-back');
    this.marking = script('mark-decoy');
    this.releasing = script('release');
  }

  /** @throws {Problem} STORE_UNAVAILABLE; what may have been counted all the same is undone later */
  async admit(request: AdmissionRequest): Promise<Admission> {
    if (!this.budget.isApart || request.record.test) return this.decide(request, this.budget.terms());
    const paidAt = await this.budget.reserve();
    const refund = () => this.budget.refund(paidAt).catch(() => undefined);
    try {
      const admission = await this.decide(request, '');
      if (admission.verdict !== 'ADMITTED') await refund();
      return admission;
    } catch (error) {
      await refund();
      throw error;
    }
  }

  private async decide(request: AdmissionRequest, budget: string): Promise<Admission> {
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
        budget,
        request.segmentEffect,
        request.captcha,
        request.channel,
        limits.callCooldownMs,
        limits.callsDay,
        ...Object.entries(request.record).flat(),
      ],
    ])) as string[];
    const [verdict, waitMs = '0', alerts = '', news = ''] = answer;
    this.budget.announce(alerts);
    // Once a day, and when the store has forgotten: the message table knows.
    if (verdict === 'SEED') return this.decide(request, this.budget.terms(1, await this.budget.seed()));
    const segmentNews = readNews(news);
    if (verdict !== 'ADMITTED') {
      return { verdict: verdict as AdmissionRefusal, waitMs: Number(waitMs), segmentNews };
    }
    const [expiresAt, resendAt, attemptsLeft, now] = answer.slice(4, 8).map(Number);
    const [hour, day, unverified, verified] = answer[8].split(',').map(Number);
    const counts = { hour, day, unverified, verified };
    return {
      verdict,
      segmentNews,
      counts,
      expiresAt,
      resendAt,
      attemptsLeft,
      now,
      record: pairs(answer.slice(9)),
    };
  }

  async check(
    verificationId: string,
    presented: { matched: boolean; length: number; testIndexes: readonly string[] },
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
        presented.testIndexes.join(','),
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
   * @returns the address that asked last, or '', and when the message was counted, if it was
   */
  async giveBack(
    verificationId: string,
    messageId: string,
    number: StoredNumber,
    forget: boolean,
  ): Promise<{ address: string; countedAt?: number }> {
    const keys = this.keysOf(verificationId, number);
    const answer = await this.givingBack.run(keys, [messageId, forget ? verificationId : '']);
    const [address, at] = answer as string[];
    return { address, countedAt: at ? Number(at) : undefined };
  }

  /** Takes a message that was not written out of all counts, the budget's too. */
  async takeOut(
    verificationId: string,
    messageId: string,
    number: StoredNumber,
    forget: boolean,
  ): Promise<void> {
    const { countedAt } = await this.giveBack(verificationId, messageId, number, forget);
    if (countedAt !== undefined) await this.budget.refund(countedAt);
  }

  /**
   * Keeps a number or a segment from getting messages.
   * @param index blind index of the number, or of the segment
   * @param segment blind index of the segment, which says where the keys lie
   */
  async block(index: string, segment: string, effect: 'block' | 'challenge', forMs: number): Promise<void> {
    await this.redis.client.set(
      `${this.prefixOf(segment)}blocked:${index}`,
      effect,
      'PX',
      Math.max(1, forMs),
    );
  }

  async unblock(index: string, segment: string): Promise<void> {
    await this.redis.client.del(`${this.prefixOf(segment)}blocked:${index}`);
  }

  /** Whether the store remembers that a segment went over its limit, and so what was counted of it. */
  async isSegmentTold(segment: string): Promise<boolean> {
    return (await this.redis.client.exists(`${this.prefixOf(segment)}segment-told:${segment}`)) === 1;
  }

  /** Forgets what was counted of a segment, so that it has its whole room again. */
  async clearSegment(segment: string): Promise<void> {
    const prefix = this.prefixOf(segment);
    await this.redis.client.del(`${prefix}segment:${segment}`, `${prefix}segment-told:${segment}`);
  }

  /** Forgets what was counted of a number: cool-down, hour, day, calls and checks. */
  async clearNumber({ index, segment }: StoredNumber): Promise<void> {
    const prefix = this.prefixOf(segment);
    await this.redis.client.del(...['sends', 'calls', 'checks'].map((what) => `${prefix}${what}:${index}`));
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
    await this.takeOut(verificationId, messageId, number, mode === 'start');
  }

  private slotPrefix(verificationId: string): string {
    return `${this.redis.prefix}{${slotOf(verificationId)}}:`;
  }

  /** @param segment blind index, base64url */
  private prefixOf(segment: string): string {
    return `${this.redis.prefix}{${slotOfSegment(Buffer.from(segment, 'base64url'))}}:`;
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
      `${prefix}calls:${index}`,
    ];
  }
}

function readNews(news: string): SegmentNews | undefined {
  if (!news) return undefined;
  const [effect, unverified, verified, ms, segment, phone] = news.split(':');
  return {
    effect: effect as SegmentEffect,
    unverified: Number(unverified),
    verified: Number(verified),
    ms: Number(ms),
    segment,
    phone: Buffer.from(phone, 'base64url'),
  };
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
