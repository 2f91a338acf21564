import { Inject, Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { addressPrefix } from '../common/client-address';
import { loadLua, LuaScript } from '../redis/lua-script';
import { REDIS, type RedisConnection } from '../redis/redis-connection';

type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Everything one request asks of the limiter. */
export interface AdmissionRequest {
  /** The client, see `addressBucket`. */
  readonly bucket: string;
  /** Route group. */
  readonly group: string;
  /** Requests per window; 0 = none. */
  readonly limit: number;
  readonly windowMs: number;
  /** Given by routes that send a message. */
  readonly send?: {
    /** Accepted sends per window; 0 = none. */
    readonly limit: number;
    readonly windowMs: number;
    /** Accepted sends of the client's network per window; default 0 = none. */
    readonly networkLimit?: number;
    /** Names the reserved slot, so that it can be given back. */
    readonly reservation: string;
  };
}

/** What the limiter decided. Times in milliseconds by the store's clock. */
export interface AdmissionDecision {
  readonly verdict: 'admitted' | 'too many requests' | 'too many sends';
  readonly hits: number;
  readonly windowLeftMs: number;
  /** Accepted sends of the client before this one. */
  readonly sends: number;
  /** Until there is room for one more send. */
  readonly sendsLeftMs: number;
}

const VERDICTS = ['admitted', 'too many requests', 'too many sends'] as const;
const NO_SEND = -1;

/** Counts on Redis for all instances together; one script, one round trip, by the store's clock. */
@Injectable()
export class RedisThrottlerStorage implements ThrottlerStorage {
  private readonly script: LuaScript;

  constructor(@Inject(REDIS) private readonly redis: RedisConnection) {
    this.script = new LuaScript(redis, 'rate-limit', loadLua(__dirname, 'rate-limit.lua'), 3);
  }

  /** @throws {Problem} STORE_UNAVAILABLE */
  async admit({ bucket, group, limit, windowMs, send }: AdmissionRequest): Promise<AdmissionDecision> {
    const [verdict, hits, windowLeftMs, sends, sendsLeftMs] = (await this.script.run(
      this.keysOf(bucket, group),
      [
        limit,
        windowMs,
        send?.limit ?? NO_SEND,
        send?.windowMs ?? 0,
        send?.reservation ?? '',
        send?.networkLimit ?? 0,
      ],
    )) as number[];
    return { verdict: VERDICTS[verdict], hits, windowLeftMs, sends, sendsLeftMs };
  }

  /** Forgets a send that was reserved and not accepted. */
  async giveBack(bucket: string, reservation: string): Promise<void> {
    const { client } = this.redis;
    await Promise.all(
      this.keysOf(bucket, '')
        .slice(1)
        .map((key) => client.zrem(key, reservation)),
    );
  }

  /** The contract of @nestjs/throttler, for hosts that use the storage alone. Times in: ms, out: seconds. */
  async increment(
    key: string,
    ttl: number,
    limit: number,
    _block: number,
    name: string,
  ): Promise<ThrottlerStorageRecord> {
    const { verdict, hits, windowLeftMs } = await this.admit({
      bucket: key,
      group: name,
      limit,
      windowMs: ttl,
    });
    const isBlocked = verdict !== 'admitted';
    const seconds = Math.ceil(windowLeftMs / 1_000);
    return {
      totalHits: isBlocked ? hits + 1 : hits,
      timeToExpire: seconds,
      isBlocked,
      timeToBlockExpire: isBlocked ? seconds : 0,
    };
  }

  // The braces keep all keys of a network in one slot of a cluster.
  private keysOf(bucket: string, group: string): string[] {
    const network = `{${networkOf(bucket)}}`;
    const { prefix } = this.redis;
    const sends = `${prefix}sends:${network}`;
    return [`${prefix}rate:${network}:${bucket}:${group}`, `${sends}:${bucket}`, sends];
  }
}

/** IPv4 /24, IPv6 /48; a bucket that is no address stands for itself. */
function networkOf(bucket: string): string {
  const prefix = addressPrefix(bucket);
  return prefix === 'unknown' ? bucket : prefix;
}
