import { Inject, Injectable, Optional } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { REDIS, type RedisConnection } from '../redis/redis-connection';
import { DeletionWatch } from '../storage/uploads/deletion-watch';
import { databaseCheck, type HealthCheck, redisCheck } from './health-checks';
import { Metrics } from './metrics';
import { METRICS_OPTIONS, type MetricsModuleOptions } from './metrics.options';

const ANSWER_MS = 1_000;
const CACHE_MS = 1_000;

// Answered from the index on open messages alone, however long the table is.
const OUTBOX = `
  SELECT count(*)::int AS pending, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS age
  FROM sms_messages WHERE settled_at IS NULL`;

/** What has to be asked for: at a scrape, at most once a second, and never for longer than a second. */
@Injectable()
export class MetricsStores {
  private latest?: { readonly askedAt: number; readonly done: Promise<unknown> };
  private readonly underWay = new Map<string, Promise<unknown>>();

  constructor(
    private readonly metrics: Metrics,
    private readonly modules: ModuleRef,
    @Inject(METRICS_OPTIONS) private readonly options: MetricsModuleOptions,
    @Optional() @Inject(DataSource) private readonly dataSource?: DataSource,
    @Optional() @Inject(REDIS) private readonly redis?: RedisConnection,
  ) {}

  /** Brings the gauges up to date. What does not answer has none: an old value would be a wrong one. */
  async refresh(): Promise<void> {
    const now = performance.now();
    if (!this.latest || now - this.latest.askedAt >= CACHE_MS) {
      const done = Promise.all([this.askStores(), this.outbox(), this.deletions(), this.budgets()]);
      this.latest = { askedAt: now, done };
    }
    await this.latest.done;
  }

  private askStores(): Promise<unknown> {
    const checks = [
      ...(this.dataSource ? [databaseCheck(this.dataSource)] : []),
      ...(this.redis ? [redisCheck(this.redis)] : []),
    ];
    return Promise.all(checks.map((check) => this.askStore(check)));
  }

  private async askStore({ name, check }: HealthCheck): Promise<void> {
    const answer = await this.ask(name, async () => (await check(), true));
    this.metrics.storeUp.set({ store: name }, answer ? 1 : 0);
  }

  private async outbox(): Promise<void> {
    const { dataSource, metrics } = this;
    const rows = await this.ask('outbox', () =>
      dataSource?.query<{ pending: number; age: number }[]>(OUTBOX),
    );
    metrics.outboxPending.remove();
    metrics.outboxAge.remove();
    if (!rows) return;
    metrics.outboxPending.set(rows[0].pending);
    metrics.outboxAge.set(rows[0].age);
  }

  /** Where the application takes uploads. */
  private async deletions(): Promise<void> {
    const { metrics, modules } = this;
    const waiting = await this.ask('deletions', () =>
      modules.get(DeletionWatch, { strict: false }).waiting(),
    );
    metrics.deletionsPending.remove();
    metrics.deletionsAge.remove();
    if (!waiting) return;
    metrics.deletionsPending.set(waiting.pending);
    metrics.deletionsAge.set(waiting.oldestAge);
  }

  private async budgets(): Promise<void> {
    const shares = await this.ask('budgets', () => this.options.budgets?.());
    this.metrics.budgets.reset();
    for (const { window, kind, ratio } of shares ?? []) this.metrics.budgets.set({ window, kind }, ratio);
  }

  /**
   * Waits a second at most. While an earlier question waits for its answer it is not asked again: a store that hangs
   * would soon have all its connections waiting.
   */
  private async ask<Answer>(
    name: string,
    question: () => Promise<Answer> | undefined,
  ): Promise<Answer | undefined> {
    if (this.underWay.has(name)) return undefined;
    const answer = Promise.resolve()
      .then(question)
      .catch(() => undefined);
    this.underWay.set(name, answer);
    void answer.finally(() => this.underWay.delete(name));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), ANSWER_MS);
    });
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }
}
