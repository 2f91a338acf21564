import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { maskSegment } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import { firstIdOf } from './budget';
import type { StatsItemDto } from './dto/admin-stats.dto';
import { type StatsDimension, type StatsRow, statsStatement } from './stats-statement';

/** Messages that one question reads at the most: what can be read within the time that a statement has. */
export const MOST_MESSAGES = 100_000;
/** Groups that one answer has at the most. */
export const MOST_GROUPS = 1_000;

export interface Range {
  readonly from: Date;
  readonly to: Date;
}

/** What the gateways did with the messages of a time, counted from the table. */
@Injectable()
export class SmsStatistics {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: PhoneVault,
  ) {}

  /** @returns groups, the most calls first; undefined when the range holds too many messages to be read in time */
  async read({ from, to }: Range, by: readonly StatsDimension[]): Promise<StatsItemDto[] | undefined> {
    const rows = await this.dataSource.query<StatsRow[]>(statsStatement(by), [
      firstIdOf(from.getTime()),
      firstIdOf(to.getTime()),
      MOST_MESSAGES + 1,
      MOST_GROUPS + 1,
    ]);
    if (rows.length > 0 && rows[0].looked > MOST_MESSAGES) return undefined;
    return rows.map((row) => this.view(row));
  }

  private view(row: StatsRow): StatsItemDto {
    const { sent, accepted, refused, unknown, taken, delivered, undelivered, approved } = row;
    return {
      provider: row.provider ?? null,
      purpose: row.purpose ?? null,
      segment: row.segment?.toString('hex', 0, 6) ?? null,
      segmentPrefix: row.phone ? maskSegment(this.vault.read(row.phone)) : null,
      hour: row.hour?.toISOString() ?? null,
      sent,
      accepted,
      refused,
      unknown,
      delivered,
      undelivered,
      approved,
      conversionRate: taken > 0 ? Math.round((approved / taken) * 10_000) / 10_000 : null,
      approvalMsMedian: round(row.approval_ms?.[0]),
      approvalMsP95: round(row.approval_ms?.[1]),
      callMsMedian: round(row.call_ms?.[0]),
      callMsP95: round(row.call_ms?.[1]),
      cost: row.cost,
    };
  }
}

const round = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms));
