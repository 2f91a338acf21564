import { Inject, Injectable } from '@nestjs/common';
import { itemsOf, readBatch, resultsOf, type BatchItem, type BatchRequest, type BatchResult } from './batch';
import { BatchSender } from './batch-sender';
import { SmsBudget } from './budget';
import { ProviderHealth } from './provider-health';
import { ProviderSettings } from './provider-settings';
import { Router } from './router';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

/** Sends batches within the budget, through the gateways that are well. */
@Injectable()
export class BatchesService {
  constructor(
    private readonly budget: SmsBudget,
    private readonly router: Router,
    private readonly health: ProviderHealth,
    private readonly settings: ProviderSettings,
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
  ) {}

  /** @throws {Problem} VALIDATION_FAILED, SMS_BUDGET_EXHAUSTED, STORE_UNAVAILABLE */
  async send(request: BatchRequest): Promise<BatchResult[]> {
    const entries = readBatch(request, this.options.countries);
    const items = itemsOf(entries);
    if (items.length > 0) {
      const at = await this.budget.reserve(items.length);
      await this.sender().deliver(items, request);
      // What was reserved stays reserved when the store is gone: the budget errs on the strict side.
      await this.settle(items, at).catch(() => undefined);
    }
    return resultsOf(entries);
  }

  private sender(): BatchSender {
    const { countries, failOverOn } = this.options;
    const routing = {
      mayCall: (name: string) => !this.settings.of(name)?.drained && this.health.isAvailable(name),
      call: this.health.call.bind(this.health),
    };
    return new BatchSender(this.router.inOrder('sms'), countries, routing, new Set(failOverOn));
  }

  /** Gives back what was not sent, and puts in what the rest cost. */
  private async settle(items: readonly BatchItem[], at: number): Promise<void> {
    const last = items.map(({ calls }) => calls.at(-1));
    const refused = last.filter((call) => !call || call.outcome.kind === 'refused').length;
    if (refused > 0) await this.budget.refund(at, refused);
    const costs = last.flatMap((call) => {
      const price = this.options.prices?.[call?.provider ?? ''];
      return call?.outcome.kind === 'accepted' && price !== undefined
        ? [price * (call.outcome.segments ?? 1)]
        : [];
    });
    // All at once: as if one message cost what all of them cost beyond what was reserved for the others.
    const total = costs.reduce((sum, cost) => sum + cost, 0);
    if (costs.length > 0) await this.budget.settle(at, total - (costs.length - 1) * this.budget.estimate);
  }
}
