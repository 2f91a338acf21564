import { Inject, Injectable, Optional } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { REDIS, type RedisConnection } from '../redis/redis-connection';
import { DrainService } from './drain.service';
import { databaseCheck, type HealthCheck, migrationsCheck, redisCheck } from './health-checks';
import { OPS_OPTIONS, type OpsModuleOptions } from './ops.options';

const CHECK_MS = 1_000;
const CACHE_MS = 1_000;

/** What /livez and /readyz answer. */
export interface HealthReport {
  readonly status: 'ok' | 'unavailable' | 'draining';
  readonly checks: readonly { readonly name: string; readonly ok: boolean }[];
}

/** Asks the stores, at most once a second however many probes there are. */
@Injectable()
export class HealthService {
  private readonly checks: readonly HealthCheck[];
  private latest?: { readonly askedAt: number; readonly results: Promise<HealthReport['checks']> };

  constructor(
    @Inject(OPS_OPTIONS) { checks = [] }: OpsModuleOptions,
    private readonly drain: DrainService,
    @Optional() @Inject(DataSource) dataSource?: DataSource,
    @Optional() @Inject(REDIS) redis?: RedisConnection,
  ) {
    this.checks = [
      ...(dataSource ? [databaseCheck(dataSource), migrationsCheck(dataSource)] : []),
      ...(redis ? [redisCheck(redis)] : []),
      ...checks,
    ];
  }

  async readiness(): Promise<HealthReport> {
    const checks = [...(await this.results()), { name: 'accepting', ok: !this.drain.isDraining }];
    if (this.drain.isDraining) return { status: 'draining', checks };
    return { status: checks.every(({ ok }) => ok) ? 'ok' : 'unavailable', checks };
  }

  private results(): Promise<HealthReport['checks']> {
    const now = performance.now();
    if (!this.latest || now - this.latest.askedAt >= CACHE_MS) {
      this.latest = { askedAt: now, results: Promise.all(this.checks.map(ask)) };
    }
    return this.latest.results;
  }
}

async function ask({ name, check }: HealthCheck): Promise<{ name: string; ok: boolean }> {
  const timer = new AbortController();
  const late = sleep(CHECK_MS, false, { signal: timer.signal, ref: false }).catch(() => false);
  const answered = Promise.resolve()
    .then(check)
    .then(
      () => true,
      () => false,
    );
  const ok = await Promise.race([answered, late]);
  timer.abort();
  return { name, ok };
}
