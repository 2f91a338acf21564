import { Inject, Injectable } from '@nestjs/common';
import { canonicalPhone, type Phone } from '../common/phone';
import { invalidMember, Problem } from '../common/problem';
import type { Channel } from '../sms/sms-provider.interface';
import { CaptchaService } from './captcha.service';
import { VERIFICATION_OPTIONS, type VerificationModuleOptions } from './verification.options';

export interface CaptchaAnswer {
  readonly captchaId: string;
  readonly answer: string;
}

/** What has to be right about a request before its number is counted. */
@Injectable()
export class StartRules {
  constructor(
    private readonly captchas: CaptchaService,
    @Inject(VERIFICATION_OPTIONS) private readonly options: VerificationModuleOptions,
  ) {}

  /** @returns whether a captcha was solved */
  async passCaptcha(captcha: CaptchaAnswer | undefined): Promise<boolean> {
    if (this.options.captchaMode === 'never') return true;
    if (captcha) {
      await this.captchas.consume(captcha.captchaId, captcha.answer);
      return true;
    }
    if (this.options.captchaMode === 'always') throw new Problem('CAPTCHA_REQUIRED');
    return false;
  }

  /** @throws {Problem} VALIDATION_FAILED with the fault */
  canonical(spelling: string): Phone {
    const canonical = canonicalPhone(spelling, this.options.countries);
    if ('phone' in canonical) return canonical.phone;
    throw invalidMember('#/phone', canonical.fault);
  }

  /** @returns the channel, if a gateway can use it */
  usable(channel: Channel): Channel {
    if (channel === 'sms' || this.options.voice) return channel;
    throw invalidMember('#/channel', 'CHANNEL_NOT_AVAILABLE');
  }

  /** @throws {Problem} VALIDATION_FAILED when the number is not the caller's */
  async mustBeOwn(phoneIndex: Buffer, userId: string): Promise<void> {
    const own = await this.options.accounts.phoneIndexOf(userId);
    if (own?.equals(phoneIndex)) return;
    throw invalidMember('#/phone', 'PHONE_NOT_OWN');
  }
}
