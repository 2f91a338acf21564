import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { PhoneVault } from '../common/phone-vault';
import { GroupCommit } from '../database/group-commit';
import { type Candidate, type Match, matchReceipts, type ReceiptKeys, spokenForBy } from './receipt-match';
import { ReceiptReport, type UndeliveredListener } from './receipt-report';
import { receiptRow } from './receipt-row';
import { APPLY, FIND, KEEP, PURGE, PUT, type ReceiptRow, WAITING } from './receipt-statements';
import type { Receipt } from './sms-provider.interface';

/** A push of more is only kept before it is acknowledged: a gateway that waits too long repeats all of it. */
const LARGE_PUSH = 1_000;
const KEPT_AT_ONCE = 2_500;
/** Receipts in one statement. */
const LARGEST = 500;
/** A push of thousands is many statements, one after the other; whoever sent it waits no longer than that. */
const LONGEST_WAIT_MS = 2_500;
/** How long a receipt waits for its call to end, seconds. */
const WAITS_FOR = 3_600;
/** Calls end within this, so that receipts as young are looked at again and again. */
const YOUNG = 60;
const MOST_WAITING = { young: 1_000, all: 5_000 };
const MOST_PURGED = 2_000;

/**
 * Moves messages forward by what their gateways report. A report that comes again changes nothing, one that comes too
 * early waits, and none ever touches a code, an attempt or a session.
 */
@Injectable()
export class ReceiptsService {
  private readonly puts = new GroupCommit((receipts: Receipt[]) => this.putAll(receipts), {
    largest: LARGEST,
    longestWaitMs: LONGEST_WAIT_MS,
  });
  /** When a receipt last had to wait here for the end of its call, milliseconds. */
  private waitedAt = -Infinity;
  /** When all that wait were last looked at. */
  private lookedAt = -Infinity;
  private readonly applying = new Set<Promise<void>>();

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: PhoneVault,
    private readonly report: ReceiptReport,
  ) {}

  /**
   * Keeps receipts and moves their messages; once it returns they are committed.
   * @returns how many found their message, and how many wait for it
   * @throws when PostgreSQL can't serve: the gateway repeats what it was not acknowledged
   */
  async take(receipts: readonly Receipt[]): Promise<{ matched: number; waiting: number }> {
    if (receipts.length > LARGE_PUSH) return this.keep(receipts);
    const matches = await Promise.all(receipts.map((receipt) => this.puts.add(receipt)));
    const matched = matches.filter((match) => 'messageId' in match).length;
    return { matched, waiting: matches.length - matched };
  }

  /**
   * Applies receipts that came before their call had ended. To be called every second or so: it looks when one of them
   * came here within the last minute, and once a minute at all of the last hour, whoever took them.
   * @returns how many found their message
   */
  async applyWaiting(now = Date.now()): Promise<number> {
    const isTimeForAll = now - this.lookedAt >= YOUNG * 1_000;
    if (!isTimeForAll && now - this.waitedAt > YOUNG * 1_000) return 0;
    if (isTimeForAll) this.lookedAt = now;
    const waiting = await WAITING.run(
      this.dataSource,
      isTimeForAll ? [WAITS_FOR, MOST_WAITING.all] : [YOUNG, MOST_WAITING.young],
    );
    return this.applyAll(waiting);
  }

  /**
   * Drops receipts that never found a message. Those that did are part of its story and go with it.
   * @returns how many
   */
  async purge(olderThanDays: number): Promise<number> {
    let purged = 0;
    let rows: unknown[];
    do {
      rows = await PURGE.run(this.dataSource, [olderThanDays, MOST_PURGED]);
      purged += rows.length;
    } while (rows.length === MOST_PURGED);
    return purged;
  }

  /**
   * Tells of every message that a receipt makes undelivered: once, after the commit, on the instance that took it. A
   * crash in between loses the call.
   * @returns what ends the telling
   */
  onUndelivered(listener: UndeliveredListener): () => void {
    return this.report.onUndelivered(listener);
  }

  /** Resolves once every large push that was kept is applied. */
  async idle(): Promise<void> {
    await Promise.all(this.applying);
  }

  private async keep(receipts: readonly Receipt[]): Promise<{ matched: number; waiting: number }> {
    const rows = receipts.map((receipt) => receiptRow(receipt, this.vault));
    for (let from = 0; from < rows.length; from += KEPT_AT_ONCE) {
      const some = rows.slice(from, from + KEPT_AT_ONCE);
      await KEEP.run(this.dataSource, columnsOf(some, []).slice(0, 10));
    }
    this.waitedAt = Date.now();
    // When this fails they are waiting receipts like any other.
    const work = this.applyAll(rows)
      .then(() => undefined)
      .catch(() => undefined)
      .finally(() => this.applying.delete(work));
    this.applying.add(work);
    return { matched: 0, waiting: rows.length };
  }

  private async applyAll(waiting: readonly (ReceiptKeys & { id: string })[]): Promise<number> {
    let applied = 0;
    for (let from = 0; from < waiting.length; from += LARGEST)
      applied += await this.apply(waiting.slice(from, from + LARGEST));
    return applied;
  }

  private async putAll(receipts: Receipt[]): Promise<Match[]> {
    const rows = receipts.map((receipt) => receiptRow(receipt, this.vault));
    const matches = await this.match(rows);
    const moved = await PUT.run(this.dataSource, columnsOf(rows, matches));
    if (matches.some(isExpected)) this.waitedAt = Date.now();
    this.report.matched(rows, matches);
    this.report.moved(moved);
    return matches;
  }

  private async apply(waiting: readonly (ReceiptKeys & { id: string })[]): Promise<number> {
    const matches = await this.match(waiting);
    const found = waiting.flatMap(({ id }, index) => {
      const match = matches[index];
      return 'messageId' in match ? [{ id, messageId: match.messageId }] : [];
    });
    if (found.length === 0) return 0;
    const columns = [found.map(({ id }) => id), found.map(({ messageId }) => messageId)];
    this.report.moved(await APPLY.run(this.dataSource, columns));
    return found.length;
  }

  /** By number only where nothing else helps: that is rare, and costs a second look. */
  private async match(keys: readonly ReceiptKeys[]): Promise<Match[]> {
    const candidates = await this.find(
      keys.flatMap((key) => key.provider_message_id ?? []),
      keys.flatMap((key) => key.message_id ?? []),
    );
    const matches = matchReceipts(keys, candidates);
    const unmatched = keys.filter((_, index) => isUnmatched(matches[index]));
    const phones = unmatched.flatMap((key) => key.phone_index ?? []);
    if (phones.length === 0) return matches;
    const byNumber = matchReceipts(
      unmatched,
      await this.find([], [], phones),
      spokenForBy(keys, matches),
    ).values();
    return matches.map((match) => (isUnmatched(match) ? byNumber.next().value! : match));
  }

  private find(vendorIds: string[], ids: string[], phones: Buffer[] = []): Promise<Candidate[]> {
    return FIND.run(this.dataSource, [[...new Set(vendorIds)], [...new Set(ids)], phones]);
  }
}

/** Its message is there, and may be known in a moment. Foreign ids by the thousand are no reason to look often. */
const isExpected = (match: Match): boolean => 'waits' in match && match.waits !== 'unmatched';
const isUnmatched = (match: Match): boolean => 'waits' in match && match.waits === 'unmatched';

function columnsOf(rows: readonly ReceiptRow[], matches: readonly Match[]): unknown[] {
  const column = <T>(pick: (row: ReceiptRow, match: Match | undefined) => T) =>
    rows.map((row, index) => pick(row, matches[index]));
  return [
    column((row) => row.id),
    column((row) => row.digest),
    column((row) => row.provider),
    column((row) => row.provider_message_id),
    column((row, match) => (match && 'messageId' in match ? match.messageId : row.message_id)),
    column((row) => row.phone_index),
    column((row) => row.status),
    column((row) => row.vendor_code),
    column((row) => row.segments),
    column((row) => row.reported_at),
    column((_, match) => Boolean(match && 'messageId' in match)),
  ];
}
