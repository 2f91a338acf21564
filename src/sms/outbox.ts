import type { DataSource } from 'typeorm';
import type { StoredPhone } from '../common/phone-vault';
import { Problem } from '../common/problem';
import { isStoreUnavailable } from '../common/problem-stores';
import { GroupCommit } from '../database/group-commit';
import { PreparedStatement } from '../database/prepared-statement';
import type { MessageState } from './message.entity';
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
}

export interface ClaimedMessage {
  readonly id: string;
  readonly source: string;
  readonly reference: string | null;
  readonly purpose: string;
  readonly channel: Channel;
  readonly locale: Locale;
  readonly phone_index: Buffer;
  readonly phone_ciphertext: Buffer;
  readonly content_ciphertext: Buffer | null;
  readonly fence: number;
  /** Attempts that an earlier claim recorded. */
  readonly attempts: number;
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
}

const INSERT = new PreparedStatement<{ id: string }>(
  'sms.insert',
  `INSERT INTO sms_messages
     (id, source, reference, purpose, channel, locale, phone_index, phone_ciphertext, content_ciphertext, send_before)
   SELECT m.id, m.source, m.reference, m.purpose, m.channel, m.locale, m.phone_index, m.phone_ciphertext, m.content,
          now() + m.send_within * interval '1 second'
   FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::bytea[],
               $9::bytea[], $10::float8[], $11::int[])
     AS m(id, source, reference, purpose, channel, locale, phone_index, phone_ciphertext, content, send_within, daily)
   WHERE m.daily = 0 OR m.daily > (
     SELECT count(*) FROM sms_messages s
     WHERE s.phone_index = m.phone_index AND s.created_at > now() - interval '24 hours'
       AND s.state <> 'expired' AND NOT (s.state = 'refused' AND s.refusal NOT IN ('L', 'C', 'K')))
   RETURNING id`,
);

// Materialized: a join that looked at the rows a second time would lock, and take, more than the limit.
const CLAIM = new PreparedStatement<ClaimedMessage>(
  'sms.claim',
  `WITH due AS MATERIALIZED (
     SELECT id FROM sms_messages
     WHERE settled_at IS NULL AND state = 'queued' AND send_before > now() AND (lease_until IS NULL OR lease_until <= now())
     ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED)
   UPDATE sms_messages m
   SET state = 'calling', fence = m.fence + 1, lease_until = now() + $2::float8 * interval '1 millisecond'
   FROM due WHERE m.id = due.id
   RETURNING m.id, m.source, m.reference, m.purpose, m.channel, m.locale, m.phone_index, m.phone_ciphertext,
             m.content_ciphertext, m.fence,
             (SELECT count(*)::int FROM sms_attempts a WHERE a.message_id = m.id) AS attempts`,
);

// What this instance has just inserted need not be searched for.
const CLAIM_FRESH = new PreparedStatement<{ id: string; fence: number }>(
  'sms.claim-fresh',
  `WITH due AS MATERIALIZED (
     SELECT id FROM sms_messages WHERE id = ANY($1::uuid[]) AND state = 'queued' FOR UPDATE SKIP LOCKED)
   UPDATE sms_messages m
   SET state = 'calling', fence = m.fence + 1, lease_until = now() + $2::float8 * interval '1 millisecond'
   FROM due WHERE m.id = ANY($1) AND m.id = due.id
   RETURNING m.id, m.fence`,
);

// `= ANY` repeats the join, for planners that have never seen statistics of the table: they would read all of it.
// The attempt is written only where the message still belongs to this claim: a late dispatcher loses.
const RECORD = new PreparedStatement<{ message_id: string }>(
  'sms.record',
  `WITH given AS (
     SELECT * FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::text[], $9::text[], $10::text[], $11::smallint[], $12::timestamptz[], $13::timestamptz[], $14::text[],
       $15::text[], $16::boolean[])
     AS g(message_id, fence, number, provider, outcome, refusal, vendor_code, vendor_text, vendor_request_id,
       provider_message_id, segments, started_at, finished_at, state, next_provider, keep_content)),
   held AS (
     UPDATE sms_messages m
     SET state = g.state, refusal = g.refusal, provider = coalesce(g.next_provider, g.provider),
         provider_message_id = g.provider_message_id,
         content_ciphertext = CASE WHEN g.state IN ('calling', 'queued') OR g.keep_content THEN m.content_ciphertext END,
         lease_until = CASE WHEN g.state = 'calling' THEN now() + $17::float8 * interval '1 millisecond' END,
         settled_at = CASE WHEN g.state NOT IN ('calling', 'queued') THEN now() END
     FROM given g
     WHERE m.id = ANY($1) AND m.id = g.message_id AND m.fence = g.fence AND m.state = 'calling'
     RETURNING m.id)
   INSERT INTO sms_attempts (message_id, number, provider, outcome, refusal, vendor_code, vendor_text,
     vendor_request_id, provider_message_id, segments, started_at, finished_at)
   SELECT message_id, number, provider, outcome, refusal, vendor_code, vendor_text,
     vendor_request_id, provider_message_id, segments, started_at, finished_at
   FROM given WHERE message_id IN (SELECT id FROM held)
   RETURNING message_id`,
);

const WITHHOLD = new PreparedStatement<{ id: string }>(
  'sms.withhold',
  `UPDATE sms_messages SET state = $3::text, refusal = CASE WHEN $3 = 'refused' THEN 'G' END,
     content_ciphertext = NULL, lease_until = NULL, settled_at = now()
   WHERE id = $1 AND fence = $2 AND state = 'calling' RETURNING id`,
);

// The lease of a queued message is its rest: without one, messages that nobody can send now would keep every
// dispatcher busy and stand in the way of younger ones.
const RELEASE = new PreparedStatement<{ id: string }>(
  'sms.release',
  `UPDATE sms_messages SET state = 'queued', lease_until = now() + $3::float8 * interval '1 millisecond'
   WHERE id = $1 AND fence = $2 AND state = 'calling' RETURNING id`,
);

// Nobody answers for these any more: the instance that called died, so whether the gateway took them is unknown.
const LOSE = new PreparedStatement<{ id: string }>(
  'sms.lose',
  `WITH lost AS (
     UPDATE sms_messages SET state = 'unknown', settled_at = now(), lease_until = NULL, content_ciphertext = NULL
     WHERE settled_at IS NULL AND state = 'calling' AND lease_until < now() RETURNING id, fence, provider)
   INSERT INTO sms_attempts (message_id, number, provider, outcome, vendor_code, started_at, finished_at)
   SELECT id, (SELECT count(*) + 1 FROM sms_attempts a WHERE a.message_id = lost.id), coalesce(provider, '?'),
          'unknown', 'crash', now(), now() FROM lost
   RETURNING message_id AS id`,
);

const EXPIRE = new PreparedStatement<ClaimedMessage>(
  'sms.expire',
  `UPDATE sms_messages SET state = 'expired', settled_at = now(), lease_until = NULL, content_ciphertext = NULL
   WHERE settled_at IS NULL AND state = 'queued' AND send_before <= now()
   RETURNING id, source, reference, purpose, channel, locale, phone_index, phone_ciphertext, content_ciphertext, fence,
             0 AS attempts`,
);

/** How long a message rests that could not be sent, milliseconds. */
const REST_MS = 1_000;

/** A database that works takes milliseconds for the statements before. */
const LONGEST_WAIT_MS = 300;

interface WaitingMessage {
  readonly message: NewMessage;
  readonly since: number;
}

type Settled<Result> = { readonly result: Result } | { readonly error: unknown };

/** The message table as a queue. Every method is one SQL statement; concurrent inserts and outcomes share theirs. */
export class Outbox {
  private readonly inserts = new GroupCommit((waiting: WaitingMessage[]) => this.writeInTime(waiting));
  private readonly records = new GroupCommit((records: AttemptRecord[]) =>
    apart(records, (some) => this.recordAll(some)),
  );

  constructor(
    private readonly dataSource: DataSource,
    private readonly leaseMs: number,
  ) {}

  /** @returns false when the phone has had its messages of the day; true once the message is committed */
  async insert(message: NewMessage): Promise<boolean> {
    return resultOf(await this.inserts.add({ message, since: performance.now() }));
  }

  /** Takes up to `most` messages that are due; each is `calling`, committed, and nobody else's until its lease ends. */
  claim(most: number): Promise<ClaimedMessage[]> {
    return CLAIM.run(this.dataSource, [most, this.leaseMs]);
  }

  /** Takes messages that were inserted a moment ago, as far as nobody else has them. */
  async claimFresh(messages: readonly NewMessage[]): Promise<ClaimedMessage[]> {
    const byId = new Map(messages.map((message) => [message.id, message]));
    const rows = await CLAIM_FRESH.run(this.dataSource, [[...byId.keys()], this.leaseMs]);
    return rows.map(({ id, fence }) => {
      const { phone, content, ...message } = byId.get(id)!;
      return {
        ...message,
        phone_index: phone.index,
        phone_ciphertext: phone.ciphertext,
        content_ciphertext: content,
        fence,
        attempts: 0,
      };
    });
  }

  /** @returns false when the claim was lost meanwhile, and the record with it */
  async record(attempt: AttemptRecord): Promise<boolean> {
    return resultOf(await this.records.add(attempt));
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

  /** A request has an end, so that its message waits for other statements only so long; then it is not written. */
  private async writeInTime(waiting: WaitingMessage[]): Promise<Settled<boolean>[]> {
    const now = performance.now();
    const inTime = waiting.filter(({ since }) => now - since <= LONGEST_WAIT_MS);
    const settled = new Map<WaitingMessage, Settled<boolean>>();
    if (inTime.length > 0) {
      const messages = inTime.map(({ message }) => message);
      const results = await apart(messages, (some) => this.writeAll(some));
      inTime.forEach((each, index) => settled.set(each, results[index]));
    }
    return waiting.map((each) => settled.get(each) ?? { error: new Problem('STORE_UNAVAILABLE') });
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
    ]);
    const written = new Set(rows.map(({ id }) => id));
    return messages.map(({ id }) => written.has(id));
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
    ]);
    const held = new Set(rows.map((row) => row.message_id));
    return records.map(({ messageId }) => held.has(messageId));
  }
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

/** A row that the database refuses must not take along those that share its statement: each is then written alone. */
async function apart<Item, Result>(
  items: Item[],
  write: (items: Item[]) => Promise<Result[]>,
): Promise<Settled<Result>[]> {
  try {
    return (await write(items)).map((result) => ({ result }));
  } catch (error) {
    if (items.length === 1 || isStoreUnavailable(error)) return items.map(() => ({ error }));
    return (await Promise.all(items.map((item) => apart([item], write)))).flat();
  }
}

function resultOf<Result>(settled: Settled<Result>): Result {
  if ('error' in settled) throw settled.error;
  return settled.result;
}
