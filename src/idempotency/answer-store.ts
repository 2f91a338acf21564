import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { loadLua, LuaScript } from '../redis/lua-script';
import { REDIS, type RedisConnection } from '../redis/redis-connection';
import { UndoQueue } from '../redis/undo-queue';
import { type Answer, readAnswer, writeAnswer } from './answer';
import type { RequestCaller } from './request-caller';
import {
  ANSWERS_PER_CALLER,
  IDEMPOTENCY_OPTIONS,
  IDEMPOTENCY_TTL,
  type IdempotencyModuleOptions,
  SHORT_TTL,
} from './idempotency.options';

/**
 * How long a request may be silent before another may take its key. Requests end within 3 s; who lives longer prolongs.
 * Whoever retries after a crash waits that long.
 */
export const LEASE_MS = 10_000;

/** The right to carry out one request. Only its owner can keep an answer, prolong it or give it up. */
export interface Lease {
  readonly record: string;
  /** Counts what is kept for the caller. */
  readonly share: string;
  readonly print: string;
  readonly owner: string;
}

export type Claim =
  | { readonly verdict: 'yours'; readonly lease: Lease }
  | { readonly verdict: 'in flight' | 'other request' }
  | { readonly verdict: 'done'; readonly answer: Answer };

const VERDICTS = ['yours', 'in flight', 'other request', 'done'] as const;

/**
 * Answers by caller and key, on Redis for all instances together. Neither keys, callers nor requests can be read there:
 * they are keyed digests, and answers are sealed.
 */
@Injectable()
export class AnswerStore {
  private readonly claiming: LuaScript;
  private readonly keeping: LuaScript;
  private readonly leasing: LuaScript;
  private readonly undoing = new UndoQueue();
  private readonly ttl: number;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    @Inject(IDEMPOTENCY_OPTIONS) private readonly options: IdempotencyModuleOptions,
  ) {
    this.claiming = new LuaScript(redis, 'idempotency-claim', loadLua(__dirname, 'claim.lua'), 1);
    this.keeping = new LuaScript(redis, 'idempotency-keep', loadLua(__dirname, 'keep.lua'), 2);
    this.leasing = new LuaScript(redis, 'idempotency-lease', loadLua(__dirname, 'lease.lua'), 1);
    this.ttl = options.ttl ?? IDEMPOTENCY_TTL;
  }

  /**
   * @param print what the request says, see `requestPrint`
   * @throws {Problem} STORE_UNAVAILABLE; what may have been claimed all the same is given up later
   */
  async claim({ name, group }: RequestCaller, key: string, print: string): Promise<Claim> {
    // The braces keep what is known of a caller in one slot of a cluster.
    const share = `${this.redis.prefix}idempotency:{${this.digest('group', group)}}`;
    const lease: Lease = {
      record: `${share}:${this.digest('key', name, key)}`,
      share,
      print: this.digest('request', print),
      owner: randomBytes(12).toString('base64url'),
    };
    const [verdict, sealed] = (await this.undoing.run(() => this.end(lease), this.claiming, [
      [lease.record],
      [lease.print, lease.owner, LEASE_MS],
    ])) as [number, string?];
    const kind = VERDICTS[verdict];
    if (kind === 'yours') return { verdict: kind, lease };
    if (kind === 'done') return { verdict: kind, answer: this.open(sealed ?? '', lease) };
    return { verdict: kind };
  }

  /**
   * @returns false when the lease has ended and another is at it
   * @throws {Problem} STORE_UNAVAILABLE
   */
  async keep(lease: Lease, answer: Answer): Promise<boolean> {
    const ttl = answer.status < 400 ? this.ttl : Math.min(this.ttl, SHORT_TTL);
    const kept = await this.keeping.run(
      [lease.record, lease.share],
      [
        lease.print,
        lease.owner,
        this.seal(answer, lease),
        ttl * 1_000,
        SHORT_TTL * 1_000,
        ANSWERS_PER_CALLER,
      ],
    );
    return kept === 1;
  }

  /** @throws {Problem} STORE_UNAVAILABLE */
  async prolong({ record, owner }: Lease): Promise<boolean> {
    return (await this.leasing.run([record], [owner, LEASE_MS])) === 1;
  }

  /** Lets the next request with this key be tried: at once, or as soon as the store is there again. */
  async giveUp(lease: Lease): Promise<void> {
    await this.end(lease).catch(() => this.undoing.add(() => this.end(lease)));
  }

  private async end({ record, owner }: Lease): Promise<void> {
    await this.leasing.run([record], [owner, 0]);
  }

  private digest(...parts: string[]): string {
    return this.options.secrets
      .index('idempotency', JSON.stringify(parts))
      .subarray(0, 16)
      .toString('base64url');
  }

  // What is moved to another record can't be opened there.
  private seal(answer: Answer, { record }: Lease): string {
    return this.options.secrets.seal('idempotency', writeAnswer(answer), record).toString('base64');
  }

  private open(sealed: string, { record }: Lease): Answer {
    return readAnswer(this.options.secrets.open('idempotency', Buffer.from(sealed, 'base64'), record));
  }
}
