import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { crashPoint } from '../common/crash-points';
import { PhoneVault } from '../common/phone-vault';
import { SmsBudget } from './budget';
import { DeliveryReport } from './delivery-report';
import type { MessageContent } from './message-source.interface';
import { MessageSources, refOf } from './message-sources';
import { nextStep, type NextStep } from './next-step';
import { Outbox } from './outbox';
import type { ClaimedMessage } from './outbox-statements';
import { ProviderHealth } from './provider-health';
import type { Hop } from './route';
import { Router } from './router';
import {
  type OutgoingMessage,
  SMS_PROVIDERS,
  type SmsOutcome,
  type SmsProvider,
} from './sms-provider.interface';
import type { SmsModuleOptions } from './sms.options';
import { inSendSpan } from './sms-spans';
import { SMS_OPTIONS } from './sms.tokens';

/** Name under which messages to test numbers are recorded. */
export const TEST_PROVIDER = 'test-number';
/** A message that no gateway can take waits that long for one, milliseconds; then its reader may ask anew. */
const PATIENCE_MS = 30_000;
const LONGEST_REST_MS = 2_000;

/** One call that was made for a message. */
interface Call {
  readonly provider: string;
  readonly outcome: SmsOutcome;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** Brings one claimed message to its end. */
@Injectable()
export class Delivery {
  private readonly logger = new Logger(Delivery.name);
  /** How the last message fared that was sent: a withheld one fares alike, so that its status tells nothing. */
  private lastFate: { ms: number; state: 'withheld' | 'unknown' | 'refused' } = { ms: 0, state: 'withheld' };

  constructor(
    private readonly outbox: Outbox,
    private readonly sources: MessageSources,
    private readonly vault: PhoneVault,
    private readonly router: Router,
    private readonly health: ProviderHealth,
    private readonly budget: SmsBudget,
    private readonly reports: DeliveryReport,
    @Inject(SMS_PROVIDERS) private readonly providers: readonly SmsProvider[],
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
    await this.callUntilSettled(message, content.values, route, first, stopping);
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

  private async callUntilSettled(
    message: ClaimedMessage,
    values: Readonly<Record<string, string>>,
    route: readonly Hop[],
    first: Hop,
    stopping: AbortSignal,
  ): Promise<void> {
    const claimedAt = Date.now();
    const calls: Call[] = [];
    let hop: Hop | undefined = first;
    while (hop) {
      const call = await this.call(hop.provider, this.outgoing(message, values, hop.provider, calls));
      crashPoint('called');
      calls.push(call);
      const next = this.stepAfter(call, calls, route, message);
      const state = next.step === 'settle' ? next.state : stopping.aborted ? 'queued' : 'calling';
      const held = await this.record(message, call, calls.length, hop.reason, state, next);
      crashPoint('recorded');
      if (!held || state === 'queued') return;
      if (next.step === 'settle') return this.settled(message, call, next, Date.now() - claimedAt);
      if (next.again) await sleep(200 + Math.random() * 300);
      hop = { provider: next.provider, reason: reasonFor(next, call, route) };
    }
  }

  private outgoing(
    message: ClaimedMessage,
    values: Readonly<Record<string, string>>,
    provider: string,
    calls: readonly Call[],
  ): OutgoingMessage {
    const before = calls.filter((call) => call.provider === provider);
    const { id, channel, purpose, locale } = message;
    return {
      id,
      phone: this.vault.read(message.phone_ciphertext),
      channel,
      purpose,
      locale,
      values,
      submission: 1 + before.filter(({ outcome }) => outcome.kind === 'refused').length + message.attempts,
      repeats: before.some(({ outcome }) => outcome.kind === 'unknown'),
    };
  }

  private async call(name: string, outgoing: OutgoingMessage): Promise<Call> {
    const provider = this.providers.find((candidate) => candidate.name === name)!;
    const startedAt = new Date();
    crashPoint('claimed');
    const outcome = await this.health.call(name, async () => {
      try {
        return await inSendSpan(name, outgoing, () => provider.send(outgoing));
      } catch (error) {
        // A fault of ours in mid-call: whether the gateway took the message, nobody knows.
        this.logger.error({ event: 'sms.provider.threw', provider: name, message: String(error) });
        return { kind: 'unknown', reason: 'crash' };
      }
    });
    return { provider: name, outcome, startedAt, finishedAt: new Date() };
  }

  private stepAfter(
    { provider: name, outcome }: Call,
    calls: Call[],
    route: readonly Hop[],
    message: ClaimedMessage,
  ): NextStep {
    const open = route.map((hop) => hop.provider).filter((provider) => this.health.isAvailable(provider));
    const provider = this.providers.find((candidate) => candidate.name === name)!;
    return nextStep(
      outcome,
      calls.map((call) => call.provider),
      open,
      {
        failOverOn: new Set(this.options.failOverOn),
        isIdempotent: provider.isIdempotent && message.channel === 'sms',
        mayRepeat: this.health.isAvailable(name),
      },
    );
  }

  private async record(
    message: ClaimedMessage,
    { provider, outcome, startedAt, finishedAt }: Call,
    count: number,
    route: string,
    state: 'accepted' | 'unknown' | 'refused' | 'queued' | 'calling',
    next: NextStep,
  ): Promise<boolean> {
    const number = message.attempts + count;
    const cost = this.costOf(provider, outcome);
    const held = await this.outbox.record({
      messageId: message.id,
      fence: message.fence,
      number,
      provider,
      outcome,
      startedAt,
      finishedAt,
      state,
      nextProvider: next.step === 'call' ? next.provider : null,
      keepContent: provider === 'inbox',
      route,
      cost,
    });
    this.reports.attempt(message, {
      provider,
      outcome,
      number,
      cost,
      next,
      ms: finishedAt.getTime() - startedAt.getTime(),
    });
    return held;
  }

  private async settled(
    message: ClaimedMessage,
    call: Call,
    end: Extract<NextStep, { step: 'settle' }>,
    ms: number,
  ): Promise<void> {
    this.rememberFate(end, ms);
    if (end.state === 'refused') {
      // Refusals that concern the number stay counted against it; but they cost nothing.
      if (end.givesBack) await this.giveBack(message);
      else await this.refund(message).catch(() => undefined);
      return this.reports.failed(message, 'refused');
    }
    const cost = this.costOf(call.provider, call.outcome);
    if (cost === null || message.counted_at === null) return;
    // What was reserved stays reserved when the store is gone: the budget errs on the strict side.
    await this.budget.settle(message.counted_at, cost).catch(() => undefined);
  }

  private async takeForTest(message: ClaimedMessage): Promise<void> {
    const now = new Date();
    const outcome: SmsOutcome = { kind: 'accepted', vendorCode: 'TEST_NUMBER' };
    const call = { provider: TEST_PROVIDER, outcome, startedAt: now, finishedAt: now };
    await this.record(message, call, 1, 'test number, nothing is sent', 'accepted', {
      step: 'settle',
      state: 'accepted',
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
    if (Date.now() - message.created_ms < PATIENCE_MS) {
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

  private costOf(provider: string, outcome: SmsOutcome): number | null {
    const price = this.options.prices?.[provider];
    return price === undefined || outcome.kind !== 'accepted' ? null : price * (outcome.segments ?? 1);
  }

  /** Refusals that concern one number are no model for others. */
  private rememberFate(end: Extract<NextStep, { step: 'settle' }>, ms: number): void {
    const state = end.state === 'accepted' ? 'withheld' : end.state;
    if (end.state === 'refused' && !end.givesBack) return;
    this.lastFate = { ms: Math.min(ms, this.options.timeoutMs ?? 5_000), state };
  }
}

function reasonFor(
  next: Extract<NextStep, { step: 'call' }>,
  { provider, outcome }: Call,
  route: readonly Hop[],
): string {
  if (next.again) return outcome.kind === 'unknown' ? 'repeated under the same key' : 'tried once more';
  const said = outcome.kind === 'refused' ? `${outcome.refusal} ${outcome.vendorCode}` : outcome.kind;
  return `after ${provider} said ${said}; ${route.find((hop) => hop.provider === next.provider)!.reason}`;
}
