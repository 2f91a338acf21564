import { Inject, Injectable, Optional } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Events } from '../common/events';
import { Problem } from '../common/problem';
import { PreparedStatement } from '../database/prepared-statement';
import { loadLua, LuaScript } from '../redis/lua-script';
import { REDIS, type RedisConnection } from '../redis/redis-connection';
import { alertOf, type BudgetWindow, windowsOf } from './budget-windows';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

/** Defines `spend`, for scripts that admit a message and pay for it in one step. */
export const BUDGET_LUA = loadLua(__dirname, 'budget.lua');

/** What the day has cost so far, by the table: for a store that does not know. */
export const SPENT_SINCE = new PreparedStatement<{ messages: number; money: number }>(
  'sms.spent-since',
  `SELECT (SELECT count(*)::int FROM sms_messages
           WHERE id >= $1::uuid AND state NOT IN ('refused', 'withheld', 'expired')
             AND provider IS DISTINCT FROM 'test-number') AS messages,
          (SELECT coalesce(sum(cost), 0)::int FROM sms_attempts WHERE message_id >= $1::uuid) AS money`,
);

export interface Spending {
  readonly window: string;
  readonly messages: { readonly used: number; readonly limit: number };
  readonly money: { readonly used: number; readonly limit: number };
}

/** Messages and money that may be spent in a minute, an hour, a day, by all instances together. */
@Injectable()
export class SmsBudget {
  /** A message of unknown gateway and length is first paid for as the dearest; then what it really cost is put in. */
  readonly estimate: number;
  private readonly windows: readonly BudgetWindow[];
  private readonly reserving?: LuaScript;
  private readonly adjusting?: LuaScript;

  constructor(
    @Inject(SMS_OPTIONS) options: SmsModuleOptions,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly events: Events,
    @Optional() @Inject(REDIS) private readonly redis?: RedisConnection,
  ) {
    this.windows = windowsOf(options.budget ?? {});
    this.estimate = Math.max(0, ...Object.values(options.prices ?? {}));
    if (!this.isSet) return;
    if (!redis) throw new Error('A budget needs Redis: import RedisModule beside SmsModule');
    this.reserving = new LuaScript(
      redis,
      'budget-reserve',
      BUDGET_LUA + loadLua(__dirname, 'budget-reserve.lua'),
    );
    this.adjusting = new LuaScript(redis, 'budget-adjust', loadLua(__dirname, 'budget-adjust.lua'));
  }

  get isSet(): boolean {
    return this.windows.length > 0;
  }

  /** On a Cluster the budget lies in a slot of its own, and a script of another slot can't spend from it. */
  get isApart(): boolean {
    return this.redis?.client.isCluster ?? false;
  }

  /**
   * The budget as `spend` wants it; '' when there is none.
   * @param seed what the day has cost so far, when the store asked for it
   */
  terms(count = 1, seed?: { messages: number; money: number }): string {
    if (!this.isSet) return '';
    const cost = this.estimate * count;
    return JSON.stringify({ prefix: this.prefix, count, cost, ...(seed && { seed }), windows: this.windows });
  }

  /** What today has cost so far, by the message table. */
  async seed(): Promise<{ messages: number; money: number }> {
    const day = this.windows.find(({ name }) => name === 'day');
    const since = day ? Math.floor((Date.now() + day.offset) / day.ms) * day.ms - day.offset : Date.now();
    const [spent] = await SPENT_SINCE.run(this.dataSource, [firstIdOf(since)]);
    return spent;
  }

  /**
   * Pays for messages that no other script admits.
   * @returns when it was counted, milliseconds by the store's clock
   * @throws {Problem} SMS_BUDGET_EXHAUSTED, STORE_UNAVAILABLE
   */
  async reserve(count = 1, seed?: { messages: number; money: number }): Promise<number> {
    if (!this.reserving) return Date.now();
    const [verdict, wait, now, alerts] = (await this.reserving.run(
      [this.prefix],
      [this.terms(count, seed)],
    )) as string[];
    this.announce(alerts);
    if (verdict === 'SEED') return this.reserve(count, await this.seed());
    if (verdict === 'FULL') throw budgetProblem(Number(wait));
    return Number(now);
  }

  /**
   * Gives back what a message was counted for.
   * @param countedAt milliseconds by the store's clock
   */
  async refund(countedAt: number, count = 1): Promise<void> {
    await this.adjust(countedAt, -count, -this.estimate * count);
  }

  /** Puts in what a message really cost. */
  async settle(countedAt: number, cost: number): Promise<void> {
    if (cost !== this.estimate) await this.adjust(countedAt, 0, cost - this.estimate);
  }

  /** Tells of thresholds that were passed. @param alerts as `spend` names them, joined by commas */
  announce(alerts: string): void {
    for (const alert of alerts.split(',').filter(Boolean))
      this.events.emit('sms.budget.alert', alertOf(alert));
  }

  /** What the windows that are open now have cost. */
  async spending(): Promise<Spending[]> {
    const now = Date.now();
    return Promise.all(
      this.windows.map(async (window) => {
        const [messages, money] = await this.redis!.client.hmget(
          this.keyOf(window, now),
          'messages',
          'money',
        );
        return {
          window: window.name,
          messages: { used: Number(messages ?? 0), limit: window.messages },
          money: { used: Number(money ?? 0), limit: window.money },
        };
      }),
    );
  }

  private async adjust(countedAt: number, messages: number, money: number): Promise<void> {
    if (!this.adjusting) return;
    const keys = this.windows.map((window) => this.keyOf(window, countedAt));
    await this.adjusting.run(keys, [messages, money]);
  }

  private get prefix(): string {
    return `${this.redis!.prefix}{budget}:`;
  }

  private keyOf({ name, ms, offset }: BudgetWindow, at: number): string {
    return `${this.prefix}${name}:${Math.floor((at + offset) / ms)}`;
  }
}

export function budgetProblem(waitMs: number): Problem {
  return new Problem('SMS_BUDGET_EXHAUSTED', { retryAfter: Math.max(1, Math.ceil(waitMs / 1_000)) });
}

/** The smallest UUID v7 of a millisecond: ids are in the order of time. */
export function firstIdOf(ms: number): string {
  const hex = Math.floor(ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
