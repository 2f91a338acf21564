import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { PreparedStatement } from '../database/prepared-statement';
import { Conversions } from './conversions';

const GATHER_MS = 250;
/** References noted in one statement. */
const MOST = 500;

// Each of these is the newest message of its matter: the one whose code was typed, as far as anybody can tell.
export const APPROVE = new PreparedStatement<{
  provider: string;
  purpose: string;
  segment_index: Buffer | null;
  ms: number;
}>(
  'sms.approve',
  `UPDATE sms_messages m SET approved_at = now()
   WHERE m.approved_at IS NULL AND m.provider IS NOT NULL AND m.id = ANY(ARRAY(
     SELECT DISTINCT ON (reference) id FROM sms_messages
     WHERE reference = ANY($1::uuid[]) AND state IN ('accepted', 'delivered', 'undelivered', 'unknown')
     ORDER BY reference, created_at DESC))
   RETURNING m.provider, m.purpose, m.segment_index, extract(epoch FROM now() - m.created_at)::float8 * 1000 AS ms`,
);

/** Notes which messages were proved to have arrived. Nobody waits for it; a crash loses some counts and nothing else. */
@Injectable()
export class Approvals implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Approvals.name);
  private waiting: string[] = [];
  private timer?: NodeJS.Timeout;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly conversions: Conversions,
  ) {}

  add(reference: string): void {
    if (this.waiting.length < 10 * MOST) this.waiting.push(reference);
    this.timer ??= setTimeout(() => void this.write(), GATHER_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    if (this.waiting.length > 0) await this.write();
  }

  private async write(): Promise<void> {
    const references = this.waiting.splice(0, MOST);
    this.timer = this.waiting.length > 0 ? setTimeout(() => void this.write(), GATHER_MS).unref() : undefined;
    try {
      for (const { provider, purpose, segment_index: segment, ms } of await APPROVE.run(this.dataSource, [
        references,
      ])) {
        if (segment) {
          this.conversions.record({
            provider,
            purpose,
            segment: segment.toString('base64url'),
            approvedAfterMs: ms,
          });
        }
      }
    } catch (error) {
      this.logger.warn({ event: 'sms.approvals.lost', count: references.length, message: String(error) });
    }
  }
}
