import type { DataSource } from 'typeorm';
import type { StoredPhone } from '../common/phone-vault';
import { GroupCommit, REQUEST_WAIT_MS } from '../database/group-commit';
import type { MessageState } from './message.entity';
import {
  ANALYSE,
  CLAIM,
  CLAIM_FRESH,
  type ClaimedMessage,
  EXPIRE,
  INSERT,
  LOSE,
  RECORD,
  RELEASE,
  WITHHOLD,
} from './outbox-statements';
import type { Channel, Locale, RefusalClass, SmsOutcome } from './sms-provider.interface';

export interface NewMessage {
  readonly id: string;
  readonly source: string;
  readonly reference: string | null;
  readonly purpose: string;
  readonly channel: Channel;
  readonly locale: Locale;
  readonly phone: StoredPhone;
  readonly content: Buffer | null;
  /** Seconds for which sending the message still makes sense. */
  readonly sendWithin: number;
  /** Messages this phone may get in 24 hours; 0 = no limit. Checked by the insert itself, whatever Redis remembers. */
  readonly dailyLimit: number;
  readonly segment: Buffer;
  /** Gateways that a message about the same matter went through before. */
  readonly avoid?: readonly string[];
  /** What admission decided on; `at` is when it counted the message, milliseconds by the store's clock. */
  readonly admission?: MessageAdmission;
  readonly requestId?: string;
  /** W3C `traceparent`. */
  readonly traceParent?: string;
  /** The undelivered message that this one takes the place of. */
  readonly reroutedFrom?: string;
}

/** The counts that a message was admitted on: names and numbers, for operators. */
export interface MessageAdmission {
  readonly at: number;
  readonly [count: string]: number | string | boolean;
}

export interface AttemptRecord {
  readonly messageId: string;
  readonly fence: number;
  readonly number: number;
  readonly provider: string;
  readonly outcome: SmsOutcome;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  /** `calling` when another gateway is called next, and then `nextProvider` names it; `queued` puts it back. */
  readonly state: MessageState;
  readonly nextProvider: string | null;
  /** The inbox reads texts later, so a host's content outlives sending there. */
  readonly keepContent: boolean;
  /** Why this gateway was called. */
  readonly route: string;
  /** Minor units of the configured currency; null without a price. */
  readonly cost: number | null;
}

/** How long a message rests that could not be sent, milliseconds. */
const REST_MS = 1_000;

/**
 * Rows written by this process after which the table's statistics are renewed. A table that was empty when its statements
 * were planned is read as a whole by them, until autovacuum comes by: up to a minute, under load an expensive one.
 */
const ANALYSED_AFTER = [300, 3_000];

/** The message table as a queue. Every method is one SQL statement; concurrent inserts and outcomes share theirs. */
export class Outbox {
  private readonly inserts = new GroupCommit((messages: NewMessage[]) => this.writeAll(messages), {
    longestWaitMs: REQUEST_WAIT_MS,
  });
  private readonly records = new GroupCommit((records: AttemptRecord[]) => this.recordAll(records));

  private rowsWritten = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly leaseMs: number,
  ) {}

  /** @returns false when the phone has had its messages of the day; true once the message is committed */
  insert(message: NewMessage): Promise<boolean> {
    return this.inserts.add(message);
  }

  /** Takes up to `most` messages that are due; each is `calling`, committed, and nobody else's until its lease ends. */
  claim(most: number): Promise<ClaimedMessage[]> {
    return CLAIM.run(this.dataSource, [most, this.leaseMs]);
  }

  /** Takes messages that were inserted a moment ago, as far as nobody else has them. */
  async claimFresh(messages: readonly NewMessage[]): Promise<ClaimedMessage[]> {
    const byId = new Map(messages.map((message) => [message.id, message]));
    const rows = await CLAIM_FRESH.run(this.dataSource, [[...byId.keys()], this.leaseMs]);
    return rows.map(({ id, fence }) => claimedFrom(byId.get(id)!, fence));
  }

  /** @returns false when the claim was lost meanwhile, and the record with it */
  record(attempt: AttemptRecord): Promise<boolean> {
    return this.records.add(attempt);
  }

  /**
   * Settles a message that is never sent.
   * @param as what whoever asks shall take it for
   */
  async withhold(message: ClaimedMessage, as: 'withheld' | 'unknown' | 'refused'): Promise<void> {
    await WITHHOLD.run(this.dataSource, [message.id, message.fence, as]);
  }

  /** Puts back a message that no gateway was called for. It is claimed again after a rest. */
  async release(message: ClaimedMessage, restMs = REST_MS): Promise<void> {
    await RELEASE.run(this.dataSource, [message.id, message.fence, restMs]);
  }

  /** Messages whose dispatcher died become unknown. */
  async loseAbandoned(): Promise<number> {
    return (await LOSE.run(this.dataSource, [])).length;
  }

  /** Messages that nobody sent in time. */
  expireStale(): Promise<ClaimedMessage[]> {
    return EXPIRE.run(this.dataSource, []);
  }

  private async writeAll(messages: NewMessage[]): Promise<boolean[]> {
    const column = <T>(pick: (message: NewMessage) => T) => messages.map(pick);
    const rows = await INSERT.run(this.dataSource, [
      column((m) => m.id),
      column((m) => m.source),
      column((m) => m.reference),
      column((m) => m.purpose),
      column((m) => m.channel),
      column((m) => m.locale),
      column((m) => m.phone.index),
      column((m) => m.phone.ciphertext),
      column((m) => m.content),
      column((m) => m.sendWithin),
      column((m) => m.dailyLimit),
      column((m) => m.segment),
      column((m) => m.avoid?.join(',') || null),
      column((m) => (m.admission ? JSON.stringify(m.admission) : null)),
      column((m) => storable(m.requestId)),
      column((m) => storable(m.traceParent, 64)),
      column((m) => m.reroutedFrom ?? null),
    ]);
    this.renewStatistics(rows.length);
    const written = new Set(rows.map(({ id }) => id));
    return messages.map(({ id }) => written.has(id));
  }

  private renewStatistics(rows: number): void {
    const before = this.rowsWritten;
    this.rowsWritten += rows;
    if (!ANALYSED_AFTER.some((limit) => before < limit && this.rowsWritten >= limit)) return;
    // Only the owner of the table may; for anybody else autovacuum does it later.
    void ANALYSE.run(this.dataSource, []).catch(() => undefined);
  }

  private async recordAll(records: AttemptRecord[]): Promise<boolean[]> {
    const column = <T>(pick: (record: AttemptRecord) => T) => records.map(pick);
    const rows = await RECORD.run(this.dataSource, [
      column((r) => r.messageId),
      column((r) => r.fence),
      column((r) => r.number),
      column((r) => r.provider),
      column((r) => r.outcome.kind),
      column((r) => refusalOf(r.outcome)),
      column((r) => vendorCodeOf(r.outcome)),
      column((r) => (r.outcome.kind === 'refused' ? storable(r.outcome.vendorText, 500) : null)),
      column((r) => (r.outcome.kind === 'refused' ? storable(r.outcome.vendorRequestId) : null)),
      column((r) => (r.outcome.kind === 'accepted' ? storable(r.outcome.providerMessageId) : null)),
      column((r) => (r.outcome.kind === 'accepted' ? (r.outcome.segments ?? null) : null)),
      column((r) => r.startedAt),
      column((r) => r.finishedAt),
      column((r) => r.state),
      column((r) => r.nextProvider),
      column((r) => r.keepContent),
      this.leaseMs,
      column((r) => storable(r.route, 255)),
      column((r) => r.cost),
    ]);
    const held = new Set(rows.map((row) => row.message_id));
    return records.map(({ messageId }) => held.has(messageId));
  }
}

/** A message that was inserted a moment ago need not be read back. */
function claimedFrom({ phone, content, ...message }: NewMessage, fence: number): ClaimedMessage {
  return {
    ...message,
    phone_index: phone.index,
    phone_ciphertext: phone.ciphertext,
    content_ciphertext: content,
    segment_index: message.segment,
    avoid: message.avoid ?? null,
    trace_parent: message.traceParent ?? null,
    counted_at: message.admission?.at ?? null,
    created_ms: Date.now(),
    is_fresh: true,
    fence,
    attempts: 0,
  };
}

function refusalOf(outcome: SmsOutcome): RefusalClass | null {
  return outcome.kind === 'refused' ? outcome.refusal : null;
}

function vendorCodeOf(outcome: SmsOutcome): string | null {
  const code = outcome.kind === 'unknown' ? (outcome.vendorCode ?? outcome.reason) : outcome.vendorCode;
  return storable(code);
}

/** What a gateway says goes into a column, whatever it is: the outcome must not be lost for its wording. */
function storable(text: string | undefined, most = 128): string | null {
  return text?.replaceAll('\0', '').slice(0, most) ?? null;
}
