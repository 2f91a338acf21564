import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  itemsOf,
  partsOf,
  readBatch,
  resultsOf,
  type BatchItem,
  type BatchRequest,
  type BatchResult,
} from './batch';
import { nextStep, type StepOptions } from './next-step';
import { outcomeOfCall } from './providers/vendor-batch';
import type { OutgoingMessage, SmsOutcome, SmsProvider } from './sms-provider.interface';

/** Which gateways a batch may go through, and who learns how they answered. */
export interface BatchRouting {
  /** Whether a gateway may be called now. */
  mayCall(provider: string): boolean;
  /** Makes one call. @param send resolves to what the call says of the gateway */
  call(provider: string, send: () => Promise<SmsOutcome>): Promise<SmsOutcome>;
}

const ANY: BatchRouting = { mayCall: () => true, call: (_, send) => send() };

/** Single messages at once, through a gateway that takes no batches. */
const SINGLES = 20;

/**
 * Sends one text to many numbers, directly and not through the outbox: what a crash cuts off is lost. Each number fails
 * over by the rules of a single message, but an unknown outcome is never followed by another call.
 */
export class BatchSender {
  private readonly logger = new Logger(BatchSender.name);

  /** @param providers in order of preference */
  constructor(
    private readonly providers: readonly SmsProvider[],
    private readonly countries: readonly string[],
    private readonly routing: BatchRouting = ANY,
    private readonly failOverOn?: StepOptions['failOverOn'],
    private readonly pauseMs: () => number = () => 200 + Math.random() * 300,
  ) {}

  /**
   * @returns one result for each entry of `to`, in their order
   * @throws {Problem} VALIDATION_FAILED when the request cannot be a batch
   */
  async send(request: BatchRequest): Promise<BatchResult[]> {
    const entries = readBatch(request, this.countries);
    await this.deliver(itemsOf(entries), request);
    return resultsOf(entries);
  }

  /** Calls gateways until every item has an outcome that ends it, or no gateway is left; keeps them in the items. */
  async deliver(items: BatchItem[], request: BatchRequest): Promise<void> {
    const first = this.open()[0];
    let waiting = new Map(first && items.length > 0 ? [[first, items]] : []);
    while (waiting.size > 0) waiting = await this.round(waiting, request);
  }

  /** Calls each gateway for its numbers. @returns what is left to call, by gateway */
  private async round(
    waiting: ReadonlyMap<string, readonly BatchItem[]>,
    request: BatchRequest,
  ): Promise<Map<string, BatchItem[]>> {
    const left = new Map<string, BatchItem[]>();
    let again = false;
    for (const [name, items] of waiting) {
      const provider = this.providers.find((candidate) => candidate.name === name)!;
      for (const part of partsOf(items, provider.batchLimit ?? SINGLES)) {
        // The gateway's circuit may have opened since, which the numbers have not been told of yet.
        if (this.routing.mayCall(name)) await this.callFor(part, provider, request);
        for (const item of part) {
          const next = this.nextFor(item, name);
          if (!next) continue;
          again ||= next === name;
          left.set(next, [...(left.get(next) ?? []), item]);
        }
      }
    }
    if (again) await sleep(this.pauseMs());
    return left;
  }

  private nextFor({ calls }: BatchItem, name: string): string | undefined {
    const called = calls.map(({ provider }) => provider);
    const last = calls.at(-1);
    if (last?.provider !== name)
      return this.open().find((other) => !called.includes(other) && other !== name);
    const next = nextStep(last.outcome, called, this.open(), {
      failOverOn: this.failOverOn,
      mayRepeat: this.routing.mayCall(name),
    });
    return next.step === 'call' ? next.provider : undefined;
  }

  private async callFor(
    items: readonly BatchItem[],
    provider: SmsProvider,
    request: BatchRequest,
  ): Promise<void> {
    const messages = items.map((item) => outgoing(item, provider.name, request));
    let outcomes: SmsOutcome[] = [];
    await this.routing.call(provider.name, async () => {
      outcomes = await this.outcomesOf(provider, messages);
      return outcomeOfCall(outcomes);
    });
    items.forEach(({ calls }, place) => calls.push({ provider: provider.name, outcome: outcomes[place] }));
  }

  private async outcomesOf(
    provider: SmsProvider,
    messages: readonly OutgoingMessage[],
  ): Promise<SmsOutcome[]> {
    try {
      if (provider.sendBatch) return await provider.sendBatch(messages);
      return await Promise.all(messages.map((message) => provider.send(message)));
    } catch (error) {
      // A fault of ours in mid-call: whether the gateway took the messages, nobody knows.
      this.logger.error({ event: 'sms.provider.threw', provider: provider.name, message: String(error) });
      return messages.map(() => ({ kind: 'unknown', reason: 'crash' }));
    }
  }

  /** Gateways that may be called now. */
  private open(): string[] {
    return this.providers
      .filter(({ name, channels }) => channels.has('sms') && this.routing.mayCall(name))
      .map(({ name }) => name);
  }
}

function outgoing({ id, phone, calls }: BatchItem, provider: string, request: BatchRequest): OutgoingMessage {
  const { purpose, locale = 'zh', values } = request;
  const submission = 1 + calls.filter((call) => call.provider === provider).length;
  return { id, phone, channel: 'sms', purpose, locale, values, submission };
}
