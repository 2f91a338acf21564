import { Inject, Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { PhoneVault } from '../common/phone-vault';
import { Problem } from '../common/problem';
import type { Channel, Locale } from '../sms/sms-provider.interface';
import { TEST_PROVIDER } from '../sms/delivery';
import { SmsService } from '../sms/sms.service';
import { AdmissionStore } from './admission-store';
import { type Admitted, Admissions } from './admissions';
import type { VerificationDto } from './dto/verification.dto';
import { goesToOwnNumber, needsSignIn, type Purpose } from './purpose';
import { type CaptchaAnswer, StartRules } from './start-rules';
import { VERIFICATION_SOURCE } from './verification-content';
import { isVerificationId, madeAt, newVerificationId } from './verification-id';
import { statusOf } from './verification-status';
import { TestNumbers } from './test-numbers';
import { VerificationStore } from './verification-store';
import { JUST_ASKED, WORTH_SENDING } from './verification-times';
import { VERIFICATION_OPTIONS, type VerificationModuleOptions } from './verification.options';

/** Who asks, as far as admission wants to know. */
export interface Caller {
  /** Set when the caller is signed in. */
  readonly userId?: string;
  /** Accepted sends of the caller's address within the hour, before this one. */
  readonly addressSends: number;
  readonly locale: Locale;
  /** The send that this request was counted as: whose it is, and the name it can be given back under. */
  readonly send?: { readonly address: string; readonly id: string };
}

export interface StartRequest {
  /** Any spelling. */
  readonly phone: string;
  readonly purpose: Purpose;
  readonly channel?: Channel;
  readonly captcha?: CaptchaAnswer;
}

/** Sends of an address or a number within an hour from which on `risk` asks for a captcha: the third one. */
const RISK_FROM = 2;
/** A message that may have arrived is sent once more at the most: what is paid twice shall not be paid three times. */
const RESENDS_OF_UNKNOWN = 1;
/** Starts verifications and follows them; what a code buys is {@link CodeChecks}' part. */
@Injectable()
export class VerificationService {
  constructor(
    private readonly store: VerificationStore,
    private readonly counts: AdmissionStore,
    private readonly sms: SmsService,
    private readonly rules: StartRules,
    private readonly vault: PhoneVault,
    private readonly admissions: Admissions,
    private readonly testNumbers: TestNumbers,
    @Inject(VERIFICATION_OPTIONS) private readonly options: VerificationModuleOptions,
  ) {}

  /**
   * Admits a verification and puts its message into the outbox.
   * @throws {Problem} 422 on a bad number or captcha, 429 with the exact wait on a limit, 503 when a store is gone, the
   * budget is spent, or no gateway can be called
   */
  async start(request: StartRequest, caller: Caller): Promise<VerificationDto> {
    if (needsSignIn(request.purpose) && !caller.userId) throw new Problem('UNAUTHENTICATED');
    const channel = this.rules.usable(request.channel ?? 'sms');
    const phone = this.rules.canonical(request.phone);
    const stored = this.vault.store(phone);
    if (goesToOwnNumber(request.purpose)) await this.rules.mustBeOwn(stored.index, caller.userId!);
    const segment = this.vault.segmentIndex(phone);
    const number = { index: stored.index.toString('base64url'), segment: segment.toString('base64url') };
    const test = await this.testNumbers.findUsable(number.index);
    // Before the captcha: one that was solved for nothing would have to be solved again.
    if (!test) this.sms.mustBeAvailable(channel);
    const captchaPassed = await this.rules.passCaptcha(request.captcha);

    const verificationId = newVerificationId(segment);
    const messageId = caller.send?.id ?? uuidv7();
    const admission = await this.admissions.admit({
      mode: 'start',
      verificationId,
      messageId,
      channel,
      captchaFrom: this.options.captchaMode === 'risk' && !captchaPassed ? RISK_FROM : 0,
      captcha: this.options.captchaMode === 'never' ? 'never' : captchaPassed ? 'passed' : 'askable',
      addressSends: caller.addressSends,
      record: {
        purpose: request.purpose,
        channel,
        locale: caller.locale,
        length: String(test?.code.length ?? this.options.codeLength),
        phoneIndex: number.index,
        segment: number.segment,
        phone: stored.ciphertext.toString('base64url'),
        subject: caller.userId ?? '',
        address: caller.send?.address ?? '',
        ...(test && { test: '1' }),
      },
    });
    return this.send(verificationId, messageId, admission, channel, {
      isNew: true,
      captchaPassed: captchaPassed && this.options.captchaMode !== 'never',
    });
  }

  /**
   * Sends the same code once more: same expiry, same attempts.
   * @throws {Problem} as {@link start}; SMS_UNAVAILABLE when two messages may already have arrived
   */
  async resend(
    verificationId: string,
    channel: Channel | undefined,
    caller: Caller,
  ): Promise<VerificationDto> {
    if (!isVerificationId(verificationId)) throw new Problem('VERIFICATION_UNKNOWN');
    if (channel) this.rules.usable(channel);
    const { unknown, providers, channel: latest = 'sms' } = await this.sms.historyOf(verificationId);
    const wanted = channel ?? latest;
    if (unknown > RESENDS_OF_UNKNOWN) {
      // Both may still arrive. A new one is admitted when this one is over, or a receipt has settled one of them.
      const leftMs = madeAt(verificationId) + this.options.codeTtl * 1_000 - Date.now();
      throw new Problem('SMS_UNAVAILABLE', { retryAfter: Math.max(1, Math.ceil(leftMs / 1_000)) });
    }
    if (!providers.includes(TEST_PROVIDER)) this.sms.mustBeAvailable(wanted);
    const messageId = caller.send?.id ?? uuidv7();
    const admission = await this.admissions.admit({
      mode: 'resend',
      verificationId,
      messageId,
      channel: wanted,
      captchaFrom: 0,
      captcha: 'passed',
      addressSends: caller.addressSends,
      record: { address: caller.send?.address ?? '' },
    });
    return this.send(verificationId, messageId, admission, wanted, { isNew: false, avoid: providers });
  }

  /** @throws {Problem} NOT_FOUND when there is none, or it has been over for an hour */
  async get(verificationId: string): Promise<VerificationDto> {
    const record = isVerificationId(verificationId) ? await this.store.read(verificationId) : undefined;
    if (!record) throw new Problem('NOT_FOUND');
    const { fields, now, lastSendAt } = record;
    const message = await this.sms.newestAbout(verificationId);
    const attemptsLeft = Number(fields.allowed) - Number(fields.attempts);
    return {
      verificationId,
      status: statusOf(fields, now, message?.state),
      purpose: fields.purpose as Purpose,
      channel: message?.channel ?? (fields.channel as Channel),
      codeLength: Number(fields.length),
      expiresAt: iso(Number(fields.expires)),
      // No send is left when all were given back: then the wait was over from the start.
      resendAvailableAt: iso(
        lastSendAt > 0 ? lastSendAt + this.options.resendCooldown * 1_000 : madeAt(verificationId),
      ),
      attemptsRemaining: attemptsLeft,
    };
  }

  /** @throws {Problem} NOT_FOUND when there is nothing to cancel */
  async cancel(verificationId: string): Promise<void> {
    const cancelled = isVerificationId(verificationId) && (await this.store.cancel(verificationId));
    if (!cancelled) throw new Problem('NOT_FOUND');
  }

  /** The row is what a 202 promises; when it can't be written, the admission is taken back. */
  private async send(
    verificationId: string,
    messageId: string,
    admission: Admitted,
    channel: Channel,
    {
      isNew,
      avoid,
      captchaPassed = true,
    }: { isNew: boolean; avoid?: readonly string[]; captchaPassed?: boolean },
  ): Promise<VerificationDto> {
    const { record, now, expiresAt, counts } = admission;
    const lifeLeft = (expiresAt - now) / 1_000;
    const number = { index: record.phoneIndex, segment: record.segment };
    const takeBack = () => this.counts.takeOut(verificationId, messageId, number, isNew);
    let written: boolean;
    try {
      written = await this.sms.enqueue({
        id: messageId,
        source: VERIFICATION_SOURCE,
        reference: verificationId,
        purpose: record.purpose,
        channel,
        locale: record.locale as Locale,
        phone: {
          index: Buffer.from(record.phoneIndex, 'base64url'),
          ciphertext: Buffer.from(record.phone, 'base64url'),
        },
        sendWithin: Math.max(lifeLeft - WORTH_SENDING, Math.min(lifeLeft, JUST_ASKED)),
        dailyLimit: this.options.phoneDailyLimit,
        segment: Buffer.from(record.segment, 'base64url'),
        avoid,
        admission: { at: now, ...counts, captcha: this.options.captchaMode, captchaPassed },
      });
    } catch (error) {
      await takeBack();
      throw error;
    }
    if (!written) {
      await takeBack();
      // Redis has forgotten this number's day; the message table has not. When the oldest falls out, only it knows.
      throw new Problem('PHONE_DAILY_LIMIT', { retryAfter: 3_600 });
    }
    return {
      verificationId,
      status: 'queued',
      purpose: record.purpose as Purpose,
      channel,
      codeLength: Number(record.length),
      expiresAt: iso(expiresAt),
      resendAvailableAt: iso(admission.resendAt),
      attemptsRemaining: admission.attemptsLeft,
    };
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();
