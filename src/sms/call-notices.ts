import { Inject, Injectable, Logger } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { SmsBudget } from './budget';
import type { CallNotice, CallNoticeRequest } from './call-notice';
import { ProviderHealth } from './provider-health';
import { ProviderSettings } from './provider-settings';
import { refusedHere } from './providers/vendor-outcome';
import { Router } from './router';
import type { SmsOutcome, SmsProvider } from './sms-provider.interface';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

/** What became of a call that a host asked for. */
export interface CallNoticeResult {
  /** Comes back in the gateway's report, unless the request had `userData` of its own. */
  readonly id: string;
  /** Whether the gateway took the order to call; not whether anybody answered. */
  readonly outcome: SmsOutcome;
  /** The gateway that was asked; null when none could be. */
  readonly provider: string | null;
}

/** Calls people with a recording or a text, through the first gateway that can and is well. */
@Injectable()
export class CallNotices {
  private readonly logger = new Logger(CallNotices.name);

  constructor(
    private readonly budget: SmsBudget,
    private readonly router: Router,
    private readonly health: ProviderHealth,
    private readonly settings: ProviderSettings,
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
  ) {}

  /**
   * Asks one gateway, once: a second order might ring twice.
   * @throws {Problem} SMS_BUDGET_EXHAUSTED, STORE_UNAVAILABLE
   */
  async call(request: CallNoticeRequest): Promise<CallNoticeResult> {
    const id = uuidv7();
    const able = this.router.inOrder().filter((provider) => provider.callNotice !== undefined);
    if (able.length === 0) {
      return { id, outcome: refusedHere('P', 'CHANNEL', 'No gateway makes such calls'), provider: null };
    }
    const provider = able.find(
      ({ name }) => !this.settings.of(name)?.drained && this.health.isAvailable(name),
    );
    if (!provider) {
      return { id, outcome: refusedHere('R', 'NO_GATEWAY', 'No gateway can be called now'), provider: null };
    }
    const at = await this.budget.reserve();
    const { name } = provider;
    const outcome = await this.health.call(name, () => this.ask(provider, { ...request, id }));
    // What was reserved stays reserved when the store is gone: the budget errs on the strict side.
    await this.settle(at, name, outcome).catch(() => undefined);
    return { id, outcome, provider: name };
  }

  private async ask(provider: SmsProvider, notice: CallNotice): Promise<SmsOutcome> {
    try {
      return await provider.callNotice!(notice);
    } catch (error) {
      // A fault of ours in mid-call: whether the gateway took the order, nobody knows.
      this.logger.error({ event: 'sms.provider.threw', provider: provider.name, message: String(error) });
      return { kind: 'unknown', reason: 'crash' };
    }
  }

  private async settle(at: number, provider: string, outcome: SmsOutcome): Promise<void> {
    if (outcome.kind === 'refused') return this.budget.refund(at);
    const price = this.options.prices?.[provider];
    if (outcome.kind === 'accepted' && price !== undefined) await this.budget.settle(at, price);
  }
}
