import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { AttemptRecorder, type Call } from './attempt-recorder';
import { SmsBudget } from './budget';
import { isNotice } from './by-purpose';
import { DeliveryReport } from './delivery-report';
import { type End, GatewayCalls } from './gateway-calls';
import type { MessageContent } from './message-source.interface';
import { MessageSources, refOf } from './message-sources';
import { Outbox } from './outbox';
import type { ClaimedMessage } from './outbox-statements';
import { ProviderHealth } from './provider-health';
import { Router } from './router';
import type { SmsOutcome } from './sms-provider.interface';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

/** Name under which messages to test numbers are recorded. */
export const TEST_PROVIDER = 'test-number';
/** A message that no gateway can take waits that long for one, milliseconds; then its reader may ask anew. */
const PATIENCE_MS = 30_000;
/** Nobody asks anew for a notice. */
const NOTICE_PATIENCE_MS = 3_600_000;
const LONGEST_REST_MS = 2_000;

/** Brings one claimed message to its end. */
@Injectable()
export class Delivery {
  private readonly logger = new Logger(Delivery.name);
  /** How the last message fared that was sent: a withheld one fares alike, so that its status tells nothing. */
  private lastFate: { ms: number; state: 'withheld' | 'unknown' | 'refused' } = { ms: 0, state: 'withheld' };

  constructor(
    private readonly outbox: Outbox,
    private readonly sources: MessageSources,
    private readonly router: Router,
    private readonly health: ProviderHealth,
    private readonly budget: SmsBudget,
    private readonly calls: GatewayCalls,
    private readonly recorder: AttemptRecorder,
    private readonly reports: DeliveryReport,
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
  ) {}

  /** @param stopping ends the waiting between two calls: the message goes back to the outbox then */
  async deliver(message: ClaimedMessage, stopping: AbortSignal): Promise<void> {
    const content = await this.contentOf(message);
    if (!content) return this.outbox.release(message);
    if (content === 'withhold') return this.withhold(message, stopping);
    if (content === 'drop') return this.outbox.withhold(message, 'withheld');
    if (content === 'test') return this.takeForTest(message);
    const route = await this.router.route(message);
    const first = route.find(({ provider }) => this.health.isAvailable(provider));
    if (!first) return this.waitForGateway(message);
    const startedAt = Date.now();
    const ended = await this.calls.untilSettled(message, content.values, route, first, stopping);
    if (ended) await this.settled(message, ended.last, ended.end, Date.now() - startedAt);
  }

  /** Gives back what a message was counted for that nobody will get. */
  async giveBack(message: ClaimedMessage): Promise<void> {
    try {
      await this.sources.of(message).refused(refOf(message));
      await this.refund(message);
    } catch (error) {
      this.logger.warn({ event: 'sms.give-back.failed', messageId: message.id, message: String(error) });
    }
  }

  private async settled(message: ClaimedMessage, last: Call, end: End, ms: number): Promise<void> {
    this.rememberFate(end, ms);
    if (end.state === 'refused') {
      // Refusals that concern the number stay counted against it; but they cost nothing.
      if (end.givesBack) await this.giveBack(message);
      else await this.refund(message).catch(() => undefined);
      return this.reports.failed(message, 'refused');
    }
    const cost = this.recorder.costOf(last);
    if (cost === null || message.counted_at === null) return;
    // What was reserved stays reserved when the store is gone: the budget errs on the strict side.
    await this.budget.settle(message.counted_at, cost).catch(() => undefined);
  }

  private async takeForTest(message: ClaimedMessage): Promise<void> {
    const now = new Date();
    const outcome: SmsOutcome = { kind: 'accepted', vendorCode: 'TEST_NUMBER' };
    const call = { provider: TEST_PROVIDER, outcome, startedAt: now, finishedAt: now };
    await this.recorder.record(message, call, {
      number: message.attempts + 1,
      route: 'test number, nothing is sent',
      state: 'accepted',
      next: { step: 'settle', state: 'accepted' },
    });
  }

  private async withhold(message: ClaimedMessage, stopping: AbortSignal): Promise<void> {
    const { ms, state } = this.lastFate;
    try {
      await sleep(ms, undefined, { signal: stopping });
    } catch {
      return this.outbox.release(message, 0);
    }
    await this.outbox.withhold(message, state);
    if (state === 'refused') return this.giveBack(message);
    await this.refund(message).catch(() => undefined);
  }

  /** Every circuit is open. One of them is probed soon; until then the message rests, but not longer than its reader. */
  private async waitForGateway(message: ClaimedMessage): Promise<void> {
    const patienceMs = isNotice(message.purpose) ? NOTICE_PATIENCE_MS : PATIENCE_MS;
    if (Date.now() - message.created_ms < patienceMs) {
      const waitMs = this.router.waitMs(message.channel) ?? LONGEST_REST_MS;
      return this.outbox.release(message, Math.min(LONGEST_REST_MS, Math.max(100, waitMs)));
    }
    await this.outbox.withhold(message, 'refused');
    await this.giveBack(message);
    this.reports.failed(message, 'refused');
  }

  private async contentOf(message: ClaimedMessage): Promise<MessageContent | undefined> {
    try {
      return await this.sources.of(message).contentOf(refOf(message));
    } catch (error) {
      this.logger.warn({ event: 'sms.content.failed', messageId: message.id, message: String(error) });
      return undefined;
    }
  }

  private async refund({ counted_at: countedAt }: ClaimedMessage): Promise<void> {
    if (countedAt !== null) await this.budget.refund(countedAt);
  }

  /** Refusals that concern one number are no model for others. */
  private rememberFate(end: End, ms: number): void {
    const state = end.state === 'accepted' ? 'withheld' : end.state;
    if (end.state === 'refused' && !end.givesBack) return;
    this.lastFate = { ms: Math.min(ms, this.options.timeoutMs ?? 5_000), state };
  }
}
