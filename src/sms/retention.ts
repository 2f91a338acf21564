import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { PreparedStatement } from '../database/prepared-statement';
import { firstIdOf } from './budget';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

const DAY_MS = 86_400_000;
const PURGE_EVERY_MS = 3_600_000;
/** Messages in one statement: it holds its locks for a moment only, and every other work comes in between. */
const BATCH = 1_000;
const DEFAULT_DAYS = 90;

// Ids are in the order of time, so that the oldest are found by the primary key. What another instance has just locked
// is left to it.
export const PURGE = new PreparedStatement<{ purged: number }>(
  'sms.purge',
  `WITH old AS MATERIALIZED (
     SELECT id FROM sms_messages WHERE id < $1::uuid AND settled_at IS NOT NULL
     ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED),
   attempts AS (DELETE FROM sms_attempts WHERE message_id = ANY(ARRAY(SELECT id FROM old))),
   receipts AS (DELETE FROM sms_receipts WHERE message_id = ANY(ARRAY(SELECT id FROM old))),
   messages AS (DELETE FROM sms_messages WHERE id = ANY(ARRAY(SELECT id FROM old)) RETURNING 1)
   SELECT count(*)::int AS purged FROM messages`,
);

/** Forgets old messages, with their attempts and receipts. */
@Injectable()
export class Retention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('SmsRetention');
  private timer?: NodeJS.Timeout;
  private isStopping = false;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.purge(), PURGE_EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    this.isStopping = true;
    clearInterval(this.timer);
  }

  /** @returns how many messages it forgot */
  async purge(days = this.options.retentionDays ?? DEFAULT_DAYS): Promise<number> {
    const before = firstIdOf(Date.now() - days * DAY_MS);
    let forgotten = 0;
    try {
      while (!this.isStopping) {
        const [{ purged }] = await PURGE.run(this.dataSource, [before, BATCH]);
        forgotten += purged;
        if (purged < BATCH) break;
      }
    } catch (error) {
      this.logger.warn({ event: 'sms.purge.failed', message: String(error) });
    }
    if (forgotten > 0) this.logger.log({ event: 'sms.purged', messages: forgotten, days });
    return forgotten;
  }
}
