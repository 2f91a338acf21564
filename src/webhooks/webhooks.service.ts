import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Events, type GatecodeEvent } from '../common/events';
import { currentTraceParent } from '../common/tracing';
import { REDIS, type RedisConnection } from '../redis/redis-connection';
import { WebhookDelivery } from './webhook-delivery';
import { jobsFor, type WebhookJob } from './webhook-job';
import { WebhookQueue } from './webhook-queue';
import { BACKOFF, isWanted } from './webhook-rules';
import { within } from './within';
import { WEBHOOKS_OPTIONS, type WebhooksModuleOptions } from './webhooks.options';

const MOST_WAITING = 1_000;
const BATCH = 100;
const LOOK_AGAIN_MS = 1_000;
const LAST_WORDS_MS = 1_000;

/** Tells receivers outside what happens here. Nothing that happens waits for that. */
@Injectable()
export class Webhooks implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('Webhooks');
  private readonly urls: readonly string[];
  private readonly stopping = new AbortController();
  private waiting: WebhookJob[][] = [];
  private dropped = 0;
  private queue?: WebhookQueue;
  private flushing?: Promise<void>;
  private endListening?: () => void;

  constructor(
    events: Events,
    @Inject(WEBHOOKS_OPTIONS) private readonly options: WebhooksModuleOptions,
    @Optional() @Inject(REDIS) private readonly redis?: RedisConnection,
  ) {
    this.urls = [...new Set(options.urls)];
    if (this.urls.length === 0) return;
    if (!redis) throw new Error('Webhooks need Redis: import RedisModule beside WebhooksModule');
    if ((options.secret?.length ?? 0) < 32)
      throw new Error('Webhooks need a secret of 32 characters or more');
    // From now on: what happens while the application starts is told as well.
    this.endListening = events.onAny((event) => this.take(event));
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.urls.length === 0) return;
    const { secret, deadlineMs = 5_000, backoff = BACKOFF } = this.options;
    const delivery = new WebhookDelivery({ secret: secret!, deadlineMs });
    this.queue = await WebhookQueue.open(this.redis!, this.urls, delivery, backoff);
    this.flush();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.queue?.pause();
  }

  /** Only now: messages that were being sent told of their ends until a moment ago. */
  async onApplicationShutdown(): Promise<void> {
    this.endListening?.();
    await within(LAST_WORDS_MS, this.flushing);
    this.stopping.abort();
    await this.queue?.close();
    const lost = this.dropped + this.waiting.length;
    if (lost > 0) this.logger.warn({ event: 'webhooks.lost', message: 'events were told to nobody', lost });
  }

  private take(event: GatecodeEvent): void {
    if (!isWanted(event.name, this.options.events)) return;
    if (this.waiting.length >= (this.options.mostWaiting ?? MOST_WAITING)) {
      this.dropped += 1;
      return;
    }
    this.waiting.push(jobsFor(event, this.urls, currentTraceParent()));
    this.flush();
  }

  private flush(): void {
    if (!this.queue || this.flushing) return;
    this.flushing = this.flushAll(this.queue).finally(() => {
      this.flushing = undefined;
      // One may have come while the last ones were on their way.
      if (this.waiting.length > 0 && !this.stopping.signal.aborted) this.flush();
    });
  }

  private async flushAll(queue: WebhookQueue): Promise<void> {
    let isGone = false;
    while (this.waiting.length > 0 && !this.stopping.signal.aborted) {
      const batch = this.waiting.slice(0, BATCH);
      try {
        await queue.add(batch.flat());
        this.waiting.splice(0, batch.length);
        this.tellOfDropped();
      } catch (error) {
        if (!isGone) this.logger.warn({ event: 'webhooks.waiting', message: String(error) });
        isGone = true;
        await sleep(LOOK_AGAIN_MS, undefined, { signal: this.stopping.signal, ref: false }).catch(
          () => undefined,
        );
      }
    }
  }

  private tellOfDropped(): void {
    if (this.dropped === 0) return;
    const { dropped } = this;
    this.dropped = 0;
    this.logger.warn({ event: 'webhooks.dropped', message: 'too many events waited for Redis', dropped });
  }
}
