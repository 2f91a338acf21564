import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { PhoneVault } from '../common/phone-vault';
import type { MessageContent } from './message-source.interface';
import { MessageSources, refOf } from './message-sources';
import { nextStep, type NextStep } from './next-step';
import { type NewMessage, Outbox } from './outbox';
import type { ClaimedMessage } from './outbox-statements';
import type { Channel, OutgoingMessage, SmsOutcome, SmsProvider } from './sms-provider.interface';
import { SMS_PROVIDERS } from './sms-provider.interface';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

/** Takes messages from the outbox to the gateways. Every instance has one; together they send each message once. */
@Injectable()
export class SmsDispatcher
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly logger = new Logger(SmsDispatcher.name);
  private readonly inFlight = new Set<Promise<void>>();
  private readonly mostInFlight: number;
  private readonly stopping = new AbortController();
  private claims?: Promise<void>;
  /** Inserted here a moment ago, so that they need not be searched for. */
  private fresh: NewMessage[] = [];
  /** Whether the outbox may hold due messages that are not among the fresh ones. */
  private searchWanted = false;
  private poll?: NodeJS.Timeout;
  /** How the last message fared that was sent: a withheld one fares alike, so that its status tells nothing. */
  private lastFate: { ms: number; state: 'withheld' | 'unknown' | 'refused' } = { ms: 0, state: 'withheld' };

  constructor(
    private readonly outbox: Outbox,
    private readonly sources: MessageSources,
    private readonly vault: PhoneVault,
    @Inject(SMS_PROVIDERS) private readonly providers: readonly SmsProvider[],
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
  ) {
    this.mostInFlight = options.inFlight ?? 200;
  }

  onApplicationBootstrap(): void {
    if (this.options.dispatch === false) return;
    this.poll = setInterval(() => void this.lookThrough(), this.options.pollMs ?? 1_000);
    this.poll.unref();
    void this.lookThrough();
  }

  /**
   * Calls under way are finished; what is still queued stays in the outbox for another instance. It has to be now:
   * global modules, and so the data source, end before all others.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.poll);
    await this.claims;
    await Promise.allSettled(this.inFlight);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled(this.providers.map(async (provider) => provider.close?.()));
  }

  /** A message was committed to the outbox: take it now instead of at the next poll. */
  wake(message: NewMessage): void {
    if (this.options.dispatch === false) return;
    if (this.isFull()) this.searchWanted = true;
    else this.fresh.push(message);
    void this.claimDue();
  }

  /** Looks through the whole outbox now instead of at the next poll. */
  async search(): Promise<void> {
    this.searchWanted = true;
    await this.claimDue();
  }

  /** The fallback of every wake-up, and where messages of dead instances and overdue ones are noticed. */
  private async lookThrough(): Promise<void> {
    try {
      const lost = await this.outbox.loseAbandoned();
      if (lost > 0)
        this.logger.warn({ event: 'sms.lost', message: 'messages of a dead instance are unknown', lost });
      for (const message of await this.outbox.expireStale()) await this.giveBack(message);
    } catch (error) {
      this.logger.warn({ event: 'sms.poll.failed', message: String(error) });
    }
    await this.search();
  }

  private claimDue(): Promise<void> {
    this.claims ??= this.claimWhileDue().finally(() => (this.claims = undefined));
    return this.claims;
  }

  private async claimWhileDue(): Promise<void> {
    try {
      while (!this.isFull() && (this.fresh.length > 0 || this.searchWanted)) {
        if (this.fresh.length > 0) await this.claimFresh();
        else await this.claimFound();
      }
    } catch (error) {
      this.logger.warn({ event: 'sms.claim.failed', message: String(error) });
    }
  }

  private async claimFresh(): Promise<void> {
    const taken = this.fresh.splice(0, this.mostInFlight - this.inFlight.size);
    for (const message of await this.outbox.claimFresh(taken)) this.start(message);
    // No room for the rest now: they are found when there is.
    if (!this.isFull()) return;
    this.searchWanted ||= this.fresh.length > 0;
    this.fresh = [];
  }

  private async claimFound(): Promise<void> {
    const free = this.mostInFlight - this.inFlight.size;
    const claimed = await this.outbox.claim(free);
    this.searchWanted = claimed.length === free;
    for (const message of claimed) this.start(message);
  }

  private isFull(): boolean {
    return this.isStopping || this.inFlight.size >= this.mostInFlight;
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private start(message: ClaimedMessage): void {
    const work = this.dispatch(message)
      .catch((error: unknown) => {
        // The row stays `calling`; when its lease ends it becomes unknown, which is what it is.
        this.logger.error({ event: 'sms.dispatch.failed', messageId: message.id, message: String(error) });
      })
      .finally(() => {
        this.inFlight.delete(work);
        if (this.searchWanted) void this.claimDue();
      });
    this.inFlight.add(work);
  }

  private async dispatch(message: ClaimedMessage): Promise<void> {
    const content = await this.contentOf(message);
    if (!content) return this.outbox.release(message);
    if (content === 'withhold') return this.withhold(message);
    await this.callUntilSettled(message, {
      id: message.id,
      phone: this.vault.read(message.phone_ciphertext),
      channel: message.channel,
      purpose: message.purpose,
      locale: message.locale,
      values: content.values,
    });
  }

  private async withhold(message: ClaimedMessage): Promise<void> {
    const { ms, state } = this.lastFate;
    try {
      await sleep(ms, undefined, { signal: this.stopping.signal });
    } catch {
      return this.outbox.release(message, 0);
    }
    await this.outbox.withhold(message, state);
    if (state === 'refused') await this.giveBack(message);
  }

  private async contentOf(message: ClaimedMessage): Promise<MessageContent | undefined> {
    try {
      return await this.sources.of(message).contentOf(refOf(message));
    } catch (error) {
      this.logger.warn({ event: 'sms.content.failed', messageId: message.id, message: String(error) });
      return undefined;
    }
  }

  private async callUntilSettled(message: ClaimedMessage, outgoing: OutgoingMessage): Promise<void> {
    const route = this.routeFor(message.channel);
    const called: string[] = [];
    const claimedAt = Date.now();
    let provider: string | undefined = route[0];
    while (provider) {
      called.push(provider);
      const startedAt = new Date();
      const outcome = await this.call(provider, outgoing);
      const finishedAt = new Date();
      const next = nextStep(outcome, called, route);
      const state = next.step === 'settle' ? next.state : this.isStopping ? 'queued' : 'calling';
      const held = await this.outbox.record({
        messageId: message.id,
        fence: message.fence,
        number: message.attempts + called.length,
        provider,
        outcome,
        startedAt,
        finishedAt,
        state,
        nextProvider: next.step === 'call' ? next.provider : null,
        keepContent: provider === 'inbox',
      });
      this.report(message, provider, outcome, next);
      if (!held || state === 'queued') return;
      if (next.step === 'settle') {
        this.rememberFate(next, Date.now() - claimedAt);
        if (next.state === 'refused' && next.givesBack) await this.giveBack(message);
        return;
      }
      if (next.again) await sleep(200 + Math.random() * 300);
      provider = next.provider;
    }
    throw new Error(`No provider can send by ${message.channel}`);
  }

  /** Refusals that concern one number are no model for others. */
  private rememberFate(end: Extract<NextStep, { step: 'settle' }>, ms: number): void {
    const state = end.state === 'accepted' ? 'withheld' : end.state;
    if (end.state === 'refused' && !end.givesBack) return;
    this.lastFate = { ms: Math.min(ms, this.options.timeoutMs ?? 5_000), state };
  }

  private routeFor(channel: Channel): string[] {
    return this.providers.filter(({ channels }) => channels.has(channel)).map(({ name }) => name);
  }

  private async call(name: string, outgoing: OutgoingMessage): Promise<SmsOutcome> {
    const provider = this.providers.find((candidate) => candidate.name === name)!;
    try {
      return await provider.send(outgoing);
    } catch (error) {
      // A fault of ours in mid-call: whether the gateway took the message, nobody knows.
      this.logger.error({ event: 'sms.provider.threw', provider: name, message: String(error) });
      return { kind: 'unknown', reason: 'crash' };
    }
  }

  private async giveBack(message: ClaimedMessage): Promise<void> {
    try {
      await this.sources.of(message).refused(refOf(message));
    } catch (error) {
      this.logger.warn({ event: 'sms.give-back.failed', messageId: message.id, message: String(error) });
    }
  }

  private report(message: ClaimedMessage, provider: string, outcome: SmsOutcome, next: NextStep): void {
    const { kind, ...rest } = outcome;
    const line = {
      event: `sms.attempt.${kind}`,
      messageId: message.id,
      provider,
      purpose: message.purpose,
      ...rest,
    };
    if (kind === 'accepted') this.logger.debug(line);
    else this.logger.warn({ ...line, next: next.step === 'call' ? `call ${next.provider}` : next.state });
  }
}
