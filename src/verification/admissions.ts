import { Inject, Injectable } from '@nestjs/common';
import { crashPoint } from '../common/crash-points';
import { Events } from '../common/events';
import { maskSegment } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import type { Channel } from '../sms/sms-provider.interface';
import { admissionProblem } from './admission-problem';
import { Blocks } from './blocks';
import type { Admission, AdmissionRequest, SegmentNews } from './admission';
import { AdmissionStore } from './admission-store';
import { VERIFICATION_OPTIONS, type VerificationModuleOptions } from './verification.options';

export type Admitted = Extract<Admission, { verdict: 'ADMITTED' }>;

type Asked = Pick<
  AdmissionRequest,
  'mode' | 'verificationId' | 'messageId' | 'captchaFrom' | 'captcha' | 'addressSends' | 'record'
> & { readonly channel: Channel };

/** Asks the store with the limits in force, and says a refusal in the words of the HTTP contract. */
@Injectable()
export class Admissions {
  constructor(
    private readonly store: AdmissionStore,
    private readonly events: Events,
    private readonly vault: PhoneVault,
    private readonly blocks: Blocks,
    @Inject(VERIFICATION_OPTIONS) private readonly options: VerificationModuleOptions,
  ) {}

  /** @throws {Problem} 422 CAPTCHA_REQUIRED, 429 with the exact wait on a limit, 503 on the budget or a lost store */
  async admit(asked: Asked): Promise<Admitted> {
    const { options } = this;
    const admission = await this.store.admit({
      limits: {
        cooldownMs: options.resendCooldown * 1_000,
        hour: options.phoneHourlyLimit,
        day: options.phoneDailyLimit,
        segment: options.segmentHourlyLimit,
        live: options.liveVerifications,
        callCooldownMs: (options.callCooldown ?? options.resendCooldown) * 1_000,
        callsDay: options.callsDailyLimit ?? Math.ceil(options.phoneDailyLimit / 2),
      },
      lifetimeMs: options.codeTtl * 1_000,
      attempts: options.codeMaxAttempts,
      segmentEffect: options.segmentEffect ?? 'block',
      ...asked,
    });
    if (admission.segmentNews) this.tell(admission.segmentNews);
    if (admission.verdict !== 'ADMITTED') throw admissionProblem(admission);
    crashPoint('admitted');
    return admission;
  }

  private tell(news: SegmentNews): void {
    const { effect, unverified, verified, phone } = news;
    const subject = maskSegment(this.vault.read(phone));
    // Nobody waits for it: the counts block the segment already.
    if (effect === 'block') void this.blocks.note(news, subject);
    this.events.emit('sms.blocked', {
      kind: 'segment',
      effect,
      subject,
      sends: unverified + verified,
      verified,
    });
  }
}
