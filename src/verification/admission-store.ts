import { Inject, Injectable } from '@nestjs/common';
import { loadLua, LuaScript } from '../redis/lua-script';
import { REDIS, type RedisConnection } from '../redis/redis.module';
import { BUDGET_LUA, SmsBudget } from '../sms/budget';
import type { Admission, AdmissionRefusal, AdmissionRequest, SegmentEffect, SegmentNews } from './admission';
import { pairs, prefixOf, recordKey, type StoredNumber } from './store-keys';
import { UndoQueue } from './undo-queue';
import { VerificationStore } from './verification-store';

/** Counts sends in Redis: decides whether one may take place, and takes it out of the counts again. */
@Injectable()
export class AdmissionStore {
  private readonly admission: LuaScript;
  private readonly givingBack: LuaScript;
  private readonly undoing = new UndoQueue();

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly budget: SmsBudget,
    private readonly verifications: VerificationStore,
  ) {
    this.admission = new LuaScript(redis, 'admission', BUDGET_LUA + loadLua(__dirname, 'admission.lua'));
    this.givingBack = new LuaScript(redis, 'give-back', loadLua(__dirname, 'give-back.lua'));
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
    // What was paid apart is refunded apart.
    const undo = () => this.takeBack(request, budget !== '');
    const answer = (await this.undoing.run(undo, this.admission, [
      [recordKey(this.redis, request.verificationId)],
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
        prefixOf(this.redis, request),
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
    const [hour, day, unverified, verified] = answer[8].split(',');
    const counts = {
      hour: Number(hour),
      day: Number(day),
      unverified: Number(unverified),
      ...(verified && { verified: Number(verified) }),
    };
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

  /** Undoes an admission, whether it took place or not. */
  private async takeBack(
    { mode, verificationId, messageId, record }: AdmissionRequest,
    wasPaid: boolean,
  ): Promise<void> {
    const fields = mode === 'start' ? record : (await this.verifications.read(verificationId))?.fields;
    if (!fields) return;
    const number = { index: fields.phoneIndex, segment: fields.segment };
    const takeOut = wasPaid ? this.takeOut.bind(this) : this.giveBack.bind(this);
    await takeOut(verificationId, messageId, number, mode === 'start');
  }

  private keysOf(verificationId: string, { index, segment }: StoredNumber): string[] {
    const prefix = prefixOf(this.redis, { verificationId });
    const counts = [`sends:${index}`, `live:${index}`, `segment:${segment}`, `calls:${index}`];
    return [recordKey(this.redis, verificationId), ...counts.map((name) => prefix + name)];
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
