import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { PhoneVault } from '../common/phone-vault';
import type {
  HistoryEntry,
  MessageContent,
  MessageRef,
  MessageSource,
} from '../sms/message-source.interface';
import { RedisThrottlerStorage } from '../rate-limit/redis-throttler-storage';
import { SmsService } from '../sms/sms.service';
import { AdmissionStore } from './admission-store';
import { deriveCode } from './verification-code';
import { TestNumbers } from './test-numbers';
import { madeAt } from './verification-id';
import { JUST_ASKED, WORTH_SENDING } from './verification-times';
import { type VerificationRecord, VerificationStore } from './verification-store';
import { VERIFICATION_OPTIONS, type VerificationModuleOptions } from './verification.options';

/** Name of this source in the outbox. */
export const VERIFICATION_SOURCE = 'verification';

/** What a verification's messages say: the code, derived at the moment of sending. */
@Injectable()
export class VerificationContent implements MessageSource, OnModuleInit {
  constructor(
    private readonly sms: SmsService,
    private readonly store: VerificationStore,
    private readonly counts: AdmissionStore,
    private readonly vault: PhoneVault,
    private readonly addresses: RedisThrottlerStorage,
    private readonly testNumbers: TestNumbers,
    @Inject(VERIFICATION_OPTIONS) private readonly options: VerificationModuleOptions,
  ) {}

  onModuleInit(): void {
    this.sms.registerSource(VERIFICATION_SOURCE, this);
  }

  async contentOf({ id, reference, purpose, phone, at, isFound }: MessageRef): Promise<MessageContent> {
    const verificationId = reference!;
    if (isFound && !(await this.isCounted(verificationId, id))) return 'drop';
    // A number without an account gets no SMS to reset a password with, and nobody can tell: the request took the
    // same way as any other, and its status goes on as if it had been sent.
    if (purpose === 'reset_password' && !(await this.options.accounts.hasPhone(phone.index))) {
      await this.store.makeDecoy(verificationId);
      return 'withhold';
    }
    if (await this.testNumbers.findUsable(phone.index.toString('base64url'))) return 'test';
    const { secrets, codeLength, codeTtl } = this.options;
    const secondsLeft = (madeAt(verificationId) - (at?.getTime() ?? Date.now())) / 1_000 + codeTtl;
    return {
      values: {
        code: deriveCode(secrets.key('code'), verificationId, codeLength),
        minutes: String(Math.max(1, Math.ceil(secondsLeft / 60))),
      },
    };
  }

  /**
   * A request may have been told that nothing was written while its row was on its way all the same. Its admission was
   * taken back then: the message belongs to nobody.
   */
  private async isCounted(verificationId: string, messageId: string): Promise<boolean> {
    const { messages = '' } = (await this.store.read(verificationId))?.fields ?? {};
    return messages.split(',').includes(messageId);
  }

  async refused({ id, reference, phone }: MessageRef): Promise<void> {
    const number = this.vault.read(phone.ciphertext);
    const { address } = await this.counts.giveBack(
      reference!,
      id,
      {
        index: phone.index.toString('base64url'),
        segment: this.vault.segmentIndex(number).toString('base64url'),
      },
      false,
    );
    // The send of the address was counted under the id of the message.
    if (address) await this.addresses.giveBack(address, id);
  }

  /** Its code can still be typed in, and there is time to. */
  async stillWanted({
    reference,
  }: MessageRef): Promise<{ sendWithin: number; dailyLimit: number } | undefined> {
    const record = await this.store.read(reference!);
    if (!record || isOver(record)) return undefined;
    const lifeLeft = (Number(record.fields.expires) - record.now) / 1_000;
    if (lifeLeft < WORTH_SENDING) return undefined;
    return { sendWithin: lifeLeft - JUST_ASKED, dailyLimit: this.options.phoneDailyLimit };
  }

  /** How the codes fared that were presented, as long as the store remembers: an hour after the expiry. */
  async historyOf({ reference }: MessageRef): Promise<HistoryEntry[]> {
    const { wrong = '', consumed } = (await this.store.read(reference!))?.fields ?? {};
    const entry = (ms: string, what: string) => ({ at: new Date(Number(ms)), what });
    const mismatches = wrong.split(',').filter((ms) => ms !== '');
    return [
      ...mismatches.map((ms) => entry(ms, 'check.mismatch')),
      ...(consumed ? [entry(consumed, 'verified')] : []),
    ];
  }
}

function isOver({ fields, now }: VerificationRecord): boolean {
  const { consumed, attempts, allowed, expires } = fields;
  return Boolean(consumed) || Number(attempts) >= Number(allowed) || now >= Number(expires);
}
