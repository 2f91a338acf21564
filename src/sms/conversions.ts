import { Inject, Injectable, Optional } from '@nestjs/common';
import { REDIS, type RedisConnection } from '../redis/redis-connection';
import { ProviderSettings } from './provider-settings';
import type { Conversion } from './route';
import type { SmsProvider } from './sms-provider.interface';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

/** One message sent, or one proved to have arrived after so many milliseconds. */
export interface ConversionFact {
  readonly provider: string;
  readonly purpose: string;
  readonly segment: string;
  readonly approvedAfterMs?: number;
}

export interface ConversionView {
  /** By provider. */
  readonly segment: ReadonlyMap<string, Conversion>;
  readonly overall: ReadonlyMap<string, Conversion>;
}

const BUCKET_MS = 3_600_000;
/** Buckets that are read: the current hour and the two before it. */
const BUCKETS = 3;
const FLUSH_MS = 500;
const FRESH_MS = 10_000;
const MOST_CACHED = 5_000;
const ALL = 'all';

type Counts = Map<string, number>;

/**
 * Counts what was sent and what arrived, by provider, purpose and number segment, for all instances together.
 * Written in the background and read at most every ten seconds: routing leans on it, nothing depends on it.
 */
@Injectable()
export class Conversions {
  private readonly cache = new Map<string, { at: number; counts: Promise<Counts> }>();
  private waiting = new Map<string, Counts>();
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly settings: ProviderSettings,
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
    @Optional() @Inject(REDIS) private readonly redis?: RedisConnection,
  ) {}

  /** An order without weights has nothing that conversion could move. */
  private get isWanted(): boolean {
    const { providers, weights } = this.options;
    const isWeighted = ({ name }: SmsProvider) =>
      weights?.[name] !== undefined || typeof this.settings.of(name)?.weight === 'number';
    return providers.length > 1 && providers.some(isWeighted);
  }

  record({ provider, purpose, segment, approvedAfterMs }: ConversionFact): void {
    if (!this.redis || !this.isWanted) return;
    for (const scope of [segment, ALL]) {
      const counts = this.waiting.get(scope) ?? new Map<string, number>();
      this.waiting.set(scope, counts);
      const add = (what: string, by: number) => {
        const field = `${provider} ${purpose} ${what}`;
        counts.set(field, (counts.get(field) ?? 0) + by);
      };
      if (approvedAfterMs === undefined) add('sent', 1);
      else {
        add('approved', 1);
        add('ms', Math.round(approvedAfterMs));
      }
    }
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** What is known of one purpose, in one segment and in all; empty when the store does not say. */
  async view(purpose: string, segment: string): Promise<ConversionView> {
    const [own, all] = await Promise.all([this.counts(segment), this.counts(ALL)]);
    return { segment: byProvider(own, purpose), overall: byProvider(all, purpose) };
  }

  private counts(scope: string): Promise<Counts> {
    const cached = this.cache.get(scope);
    if (cached && Date.now() - cached.at < FRESH_MS) return cached.counts;
    if (this.cache.size >= MOST_CACHED) this.cache.clear();
    const counts = this.read(scope).catch(() => new Map<string, number>());
    this.cache.set(scope, { at: Date.now(), counts });
    return counts;
  }

  private async read(scope: string): Promise<Counts> {
    const sums: Counts = new Map();
    if (!this.redis) return sums;
    const { client } = this.redis;
    const now = Math.floor(Date.now() / BUCKET_MS);
    const buckets = Array.from({ length: BUCKETS }, (_, back) => client.hgetall(this.key(scope, now - back)));
    for (const bucket of await Promise.all(buckets)) {
      for (const [field, count] of Object.entries(bucket))
        sums.set(field, (sums.get(field) ?? 0) + Number(count));
    }
    return sums;
  }

  private async flush(): Promise<void> {
    const waiting = this.waiting;
    this.waiting = new Map();
    this.timer = undefined;
    const { client } = this.redis!;
    const bucket = Math.floor(Date.now() / BUCKET_MS);
    const writes = [...waiting].flatMap(([scope, counts]) => {
      const key = this.key(scope, bucket);
      const adds = [...counts].map(([field, by]) => client.hincrby(key, field, by));
      return [...adds, client.pexpire(key, BUCKETS * BUCKET_MS)];
    });
    // Counts that a store lost while it was gone are missed by nobody.
    await Promise.allSettled(writes);
  }

  private key(scope: string, bucket: number): string {
    return `${this.redis!.prefix}conversions:{${scope}}:${bucket}`;
  }
}

function byProvider(counts: Counts, purpose: string): ReadonlyMap<string, Conversion> {
  const views = new Map<string, Conversion>();
  for (const field of counts.keys()) {
    const [provider, of] = field.split(' ');
    if (of !== purpose || views.has(provider)) continue;
    const count = (what: string) => counts.get(`${provider} ${purpose} ${what}`) ?? 0;
    views.set(provider, { sent: count('sent'), approved: count('approved'), approvedMs: count('ms') });
  }
  return views;
}
