import { Logger } from '@nestjs/common';
import type { Job, JobsOptions, Queue, Worker } from 'bullmq';
import { withLinkedSpan } from '../common/tracing';
import type { RedisConnection } from '../redis/redis-connection';
import { openQueueConnections, type QueueConnections } from './queue-connections';
import type { WebhookDelivery } from './webhook-delivery';
import { jobIdOf, receiverOf, type WebhookJob } from './webhook-job';
import { type Backoff, judgeAnswer, retryDelay } from './webhook-rules';
import { within } from './within';

const NAME = 'webhooks';
const CONCURRENCY = 20;
const DAY_S = 86_400;
/** Deliveries under way get that long to end by themselves, then that long to be put back. Milliseconds. */
const GRACE_MS = 2_000;
const CLOSE_MS = 1_000;

// What was done is kept for a while only because its id keeps the same event out.
const JOB: JobsOptions = {
  backoff: { type: 'custom' },
  removeOnComplete: { age: 3_600, count: 1_000 },
  removeOnFail: { age: 7 * DAY_S, count: 10_000 },
};

/** Deliveries that survive a restart, in Redis: each instance puts in, and each takes out. */
export class WebhookQueue {
  private readonly logger = new Logger('Webhooks');
  private readonly urls: ReadonlyMap<string, string>;
  private readonly stopping = new AbortController();
  private worker: Worker<WebhookJob>;

  private constructor(
    private readonly connections: QueueConnections,
    private readonly queue: Queue<WebhookJob>,
    urls: readonly string[],
    private readonly delivery: WebhookDelivery,
    private readonly backoff: Backoff,
  ) {
    this.urls = new Map(urls.map((url) => [receiverOf(url), url]));
  }

  /** The library is loaded with the first queue: a service without webhooks does without. */
  static async open(
    { client, prefix }: RedisConnection,
    urls: readonly string[],
    delivery: WebhookDelivery,
    backoff: Backoff,
  ): Promise<WebhookQueue> {
    const bullmq = await import('bullmq');
    const connections = openQueueConnections(client);
    // The braces are a hash tag: all keys of the queue lie in one slot of a Redis Cluster.
    const shared = { prefix: `{${prefix}bull}`, skipVersionCheck: true };
    const defaultJobOptions = { ...JOB, attempts: backoff.attempts };
    const { producer, consumer } = connections;
    const queue = new bullmq.Queue<WebhookJob>(NAME, { ...shared, connection: producer, defaultJobOptions });
    const opened = new WebhookQueue(connections, queue, urls, delivery, backoff);
    opened.worker = new bullmq.Worker<WebhookJob>(NAME, (job) => opened.deliver(job), {
      ...shared,
      connection: consumer,
      concurrency: CONCURRENCY,
      // An instance that dies takes none of the attempts with it.
      maxStalledCount: backoff.attempts,
      // Looks again that long after an error of the store, milliseconds; the default is 15 s.
      runRetryDelay: 1_000,
      settings: { backoffStrategy: (made) => retryDelay(made, backoff) },
    });
    // Without listeners these would be thrown. The application's own connection tells of outages.
    queue.on('error', () => undefined);
    opened.worker.on('error', () => undefined);
    return opened;
  }

  /** @throws when the store is gone; some may be in nevertheless, and are not taken twice */
  async add(jobs: readonly WebhookJob[]): Promise<void> {
    await this.queue.addBulk(
      jobs.map((data) => ({ name: data.event, data, opts: { jobId: jobIdOf(data) } })),
    );
  }

  /** Takes nothing more. */
  async pause(): Promise<void> {
    await this.worker.pause(true);
  }

  /** What is under way ends, or is put back for another instance; nothing waits for a store that is gone. */
  async close(): Promise<void> {
    const closed = Promise.allSettled([this.worker.close(), this.queue.close()]);
    await within(GRACE_MS, closed);
    this.stopping.abort();
    await within(CLOSE_MS, closed);
    this.connections.end();
  }

  private deliver({ data, attemptsMade }: Job<WebhookJob>): Promise<void> {
    const attempt = attemptsMade + 1;
    const attributes = {
      'messaging.system': 'bullmq',
      'messaging.destination.name': NAME,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.message.id': jobIdOf(data),
    };
    return withLinkedSpan(`process ${NAME}`, data.traceParent, attributes, () => this.attempt(data, attempt));
  }

  /** @throws for a failure, which the queue repeats later */
  private async attempt(job: WebhookJob, attempt: number): Promise<void> {
    const url = this.urls.get(job.receiver);
    // An instance with a newer configuration may know the receiver.
    if (!url) throw new Error('No such receiver is configured here');
    const status = await this.delivery.post(url, job, this.stopping.signal).catch((error: unknown) => {
      this.report(job, attempt, url, error instanceof Error ? error.name : 'unknown');
      throw new Error('The receiver did not answer');
    });
    const verdict = judgeAnswer(status);
    if (verdict === 'done') return;
    this.report(job, verdict === 'gone' ? this.backoff.attempts : attempt, url, String(status));
    const failure = new Error(`The receiver answered ${status}`);
    // By its name the queue knows a failure that is not to be repeated.
    throw verdict === 'gone' ? Object.assign(failure, { name: 'UnrecoverableError' }) : failure;
  }

  /** Not the whole address: a path may be a secret. Nor what was sent. */
  private report(job: WebhookJob, attempt: number, url: string, answer: string): void {
    const isLast = attempt >= this.backoff.attempts;
    const event = isLast ? 'webhooks.delivery.given-up' : 'webhooks.delivery.failed';
    const { host } = new URL(url);
    this.logger[isLast ? 'error' : 'warn']({
      event,
      webhookId: job.id,
      name: job.event,
      host,
      attempt,
      answer,
    });
  }
}
