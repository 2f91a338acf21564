import { PreparedStatement } from '../database/prepared-statement';
import type { MessageState } from './message.entity';
import type { Candidate, ReceiptKeys } from './receipt-match';
import type { Channel, Locale, Receipt } from './sms-provider.interface';

/** A message that a receipt moved on, as it is now. */
export interface MovedMessage {
  readonly id: string;
  readonly source: string;
  readonly reference: string | null;
  readonly purpose: string;
  readonly channel: Channel;
  readonly locale: Locale;
  readonly phone_index: Buffer;
  readonly phone_ciphertext: Buffer;
  readonly state: Extract<MessageState, 'delivered' | 'undelivered'>;
  readonly created_at: Date;
  /** Which gateway reported it, and the carrier's code. */
  readonly provider: string;
  readonly vendor_code: string;
}

/** A receipt whose message is not known yet. */
export interface WaitingReceipt extends ReceiptKeys {
  readonly id: string;
}

/** Parameters of {@link PUT}, one array each. */
export interface ReceiptRow extends ReceiptKeys {
  readonly id: string;
  readonly digest: Buffer;
  readonly status: Receipt['status'];
  readonly vendor_code: string;
  readonly segments: number | null;
  readonly reported_at: Date | null;
}

// OFFSET 0 keeps each look-up on its own, and so on its index: a join of thousands of receipts would read whole tables.
// A number is followed for an hour, and only to messages that wait for news.
export const FIND = new PreparedStatement<Candidate>(
  'sms.receipts.find',
  `WITH wanted AS (
     SELECT a.message_id AS id FROM unnest($1::text[]) AS vendor(id)
     CROSS JOIN LATERAL (SELECT message_id FROM sms_attempts WHERE provider_message_id = vendor.id OFFSET 0) a
     UNION
     SELECT unnest($2::uuid[])
     UNION
     SELECT m.id FROM unnest($3::bytea[]) AS phone(index)
     CROSS JOIN LATERAL (
       SELECT id FROM sms_messages
       WHERE phone_index = phone.index AND created_at > now() - interval '1 hour'
         AND state IN ('queued', 'calling', 'unknown') OFFSET 0) m)
   SELECT m.id, m.state, m.phone_index, a.provider, a.provider_message_id, a.outcome
   FROM wanted
   CROSS JOIN LATERAL (
     SELECT id, state, phone_index, created_at FROM sms_messages WHERE id = wanted.id OFFSET 0) m
   LEFT JOIN LATERAL (
     SELECT provider, provider_message_id, outcome, number FROM sms_attempts WHERE message_id = wanted.id OFFSET 0) a
     ON true
   ORDER BY m.created_at, a.number`,
);

// Forward only: unknown, accepted, undelivered, delivered. The state is looked at again under the lock of its row, so
// that of two receipts at once the better one stays. That it was not delivered only the gateway may say that took the
// message last. Locks are taken in the order of ids, whoever comes. A call that never came back learns the gateway's id
// here, so that later reports find it.
const MOVE = `wanted AS MATERIALIZED (
     SELECT DISTINCT ON (message_id) message_id, status, provider, provider_message_id, vendor_code
     FROM applied WHERE status IN ('delivered', 'undelivered')
     ORDER BY message_id, status),
   held AS MATERIALIZED (
     SELECT m.id, m.state FROM wanted
     CROSS JOIN LATERAL (SELECT id, state FROM sms_messages WHERE id = wanted.message_id FOR UPDATE) m),
   learned AS (
     UPDATE sms_attempts a SET provider_message_id = w.provider_message_id
     FROM wanted w
     WHERE a.message_id = ANY(ARRAY(SELECT id FROM held WHERE state = 'unknown')) AND a.message_id = w.message_id
       AND a.outcome = 'unknown' AND a.provider_message_id IS NULL AND a.provider IN (w.provider, '?'))
   UPDATE sms_messages m
   SET state = w.status, provider_message_id = coalesce(m.provider_message_id, w.provider_message_id)
   FROM wanted w
   WHERE m.id = ANY(ARRAY(SELECT id FROM held)) AND m.id = w.message_id
     AND CASE w.status
       WHEN 'delivered' THEN m.state IN ('unknown', 'accepted', 'undelivered')
       ELSE m.state IN ('unknown', 'accepted') AND coalesce(m.provider, w.provider) = w.provider
         AND coalesce(m.provider_message_id, w.provider_message_id, '')
           = coalesce(w.provider_message_id, m.provider_message_id, '')
     END
   RETURNING m.id, m.source, m.reference, m.purpose, m.channel, m.locale, m.phone_index, m.phone_ciphertext, m.state,
     m.created_at, w.provider, w.vendor_code`;

// The rows come in the order of their digests: two instances that are sent the same at once wait for each other and
// never in a circle.
export const PUT = new PreparedStatement<MovedMessage>(
  'sms.receipts.put',
  `WITH given AS MATERIALIZED (
     SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[], $5::uuid[], $6::bytea[], $7::text[],
       $8::text[], $9::smallint[], $10::timestamptz[], $11::boolean[])
     AS g(id, digest, provider, provider_message_id, message_id, phone_index, status, vendor_code, segments,
       reported_at, is_matched)),
   put AS (
     INSERT INTO sms_receipts (id, digest, provider, provider_message_id, message_id, phone_index, status, vendor_code,
       segments, reported_at, applied_at)
     SELECT id, digest, provider, provider_message_id, message_id, phone_index, status, vendor_code, segments,
       reported_at, CASE WHEN is_matched THEN now() END
     FROM given ORDER BY digest
     ON CONFLICT (digest) DO NOTHING
     RETURNING message_id, status, provider, provider_message_id, vendor_code, applied_at),
   applied AS MATERIALIZED (SELECT * FROM put WHERE applied_at IS NOT NULL),
   ${MOVE}`,
);

// Of a large push: kept now, applied after the gateway has its answer.
export const KEEP = new PreparedStatement<object>(
  'sms.receipts.keep',
  `INSERT INTO sms_receipts (id, digest, provider, provider_message_id, message_id, phone_index, status, vendor_code,
     segments, reported_at)
   SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[], $5::uuid[], $6::bytea[], $7::text[], $8::text[],
     $9::smallint[], $10::timestamptz[])
     AS g(id, digest, provider, provider_message_id, message_id, phone_index, status, vendor_code, segments, reported_at)
   ORDER BY digest
   ON CONFLICT (digest) DO NOTHING`,
);

export const WAITING = new PreparedStatement<WaitingReceipt>(
  'sms.receipts.waiting',
  `SELECT id, provider, provider_message_id, message_id, phone_index FROM sms_receipts
   WHERE applied_at IS NULL AND received_at > now() - $1::float8 * interval '1 second'
   ORDER BY received_at DESC LIMIT $2`,
);

export const APPLY = new PreparedStatement<MovedMessage>(
  'sms.receipts.apply',
  `WITH given AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS g(id, message_id)),
   taken AS (
     UPDATE sms_receipts r SET message_id = g.message_id, applied_at = now()
     FROM given g WHERE r.id = ANY($1) AND r.id = g.id AND r.applied_at IS NULL
     RETURNING r.message_id, r.status, r.provider, r.provider_message_id, r.vendor_code),
   applied AS MATERIALIZED (SELECT * FROM taken),
   ${MOVE}`,
);

export const PURGE = new PreparedStatement<{ id: string }>(
  'sms.receipts.purge',
  `DELETE FROM sms_receipts WHERE id = ANY(ARRAY(
     SELECT id FROM sms_receipts
     WHERE applied_at IS NULL AND received_at < now() - $1::float8 * interval '1 day' LIMIT $2))
   RETURNING id`,
);

/** A message that nobody knows the outcome of, and the call that left it so. */
export interface UnknownMessage {
  readonly id: string;
  readonly phone_ciphertext: Buffer;
  readonly provider: string;
  readonly provider_message_id: string | null;
  readonly started_at: Date;
}

export const UNKNOWN = new PreparedStatement<UnknownMessage>(
  'sms.receipts.unknown',
  `SELECT a.message_id AS id, m.phone_ciphertext, a.provider, a.provider_message_id, a.started_at
   FROM sms_attempts a
   CROSS JOIN LATERAL (
     SELECT phone_ciphertext FROM sms_messages WHERE id = a.message_id AND state = 'unknown' OFFSET 0) m
   WHERE a.outcome = 'unknown' AND a.finished_at > now() - $1::float8 * interval '1 second'
     AND a.finished_at <= now() - $2::float8 * interval '1 second'
     AND a.provider = ANY($3::text[]) AND a.message_id <> ALL($4::uuid[])
   ORDER BY a.finished_at LIMIT $5`,
);
