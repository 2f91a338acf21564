import { PreparedStatement } from '../database/prepared-statement';
import type { Channel, Locale } from './sms-provider.interface';

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
  readonly segment_index: Buffer | null;
  readonly avoid: readonly string[] | null;
  readonly trace_parent: string | null;
  /** When admission counted it, milliseconds by the store's clock; null when nothing was counted. */
  readonly counted_at: number | null;
  /** Milliseconds since the Unix epoch. */
  readonly created_ms: number;
  readonly fence: number;
  /** Handed over by the request that wrote it, and not searched for. */
  readonly is_fresh?: boolean;
  /** Attempts that an earlier claim recorded. */
  readonly attempts: number;
}

const CLAIMED = `m.id, m.source, m.reference, m.purpose, m.channel, m.locale, m.phone_index, m.phone_ciphertext,
  m.content_ciphertext, m.segment_index, m.avoid, m.trace_parent, (m.admission->>'at')::float8 AS counted_at,
  extract(epoch FROM m.created_at)::float8 * 1000 AS created_ms, m.fence`;

export const INSERT = new PreparedStatement<{ id: string }>(
  'sms.insert',
  `INSERT INTO sms_messages
     (id, source, reference, purpose, channel, locale, phone_index, phone_ciphertext, content_ciphertext, send_before,
      segment_index, avoid, admission, request_id, trace_parent, rerouted_from)
   SELECT m.id, m.source, m.reference, m.purpose, m.channel, m.locale, m.phone_index, m.phone_ciphertext, m.content,
          now() + m.send_within * interval '1 second', m.segment_index, string_to_array(m.avoid, ','),
          m.admission, m.request_id, m.trace_parent, m.rerouted_from
   FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::bytea[],
               $9::bytea[], $10::float8[], $11::int[], $12::bytea[], $13::text[], $14::jsonb[], $15::text[],
               $16::text[], $17::uuid[])
     AS m(id, source, reference, purpose, channel, locale, phone_index, phone_ciphertext, content, send_within, daily,
          segment_index, avoid, admission, request_id, trace_parent, rerouted_from)
   WHERE m.daily = 0 OR m.daily > (
     SELECT count(*) FROM sms_messages s
     WHERE s.phone_index = m.phone_index AND s.created_at > now() - interval '24 hours'
       AND s.state <> 'expired' AND NOT (s.state = 'refused' AND s.refusal NOT IN ('L', 'C', 'K')))
   RETURNING id`,
);

// Materialized: a join that looked at the rows a second time would lock, and take, more than the limit.
export const CLAIM = new PreparedStatement<ClaimedMessage>(
  'sms.claim',
  `WITH due AS MATERIALIZED (
     SELECT id FROM sms_messages
     WHERE settled_at IS NULL AND state = 'queued' AND send_before > now() AND (lease_until IS NULL OR lease_until <= now())
     ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED)
   UPDATE sms_messages m
   SET state = 'calling', fence = m.fence + 1, lease_until = now() + $2::float8 * interval '1 millisecond'
   FROM due WHERE m.id = due.id
   RETURNING ${CLAIMED}, (SELECT count(*)::int FROM sms_attempts a WHERE a.message_id = m.id) AS attempts`,
);

// What this instance has just inserted need not be searched for.
export const CLAIM_FRESH = new PreparedStatement<{ id: string; fence: number }>(
  'sms.claim-fresh',
  `WITH due AS MATERIALIZED (
     SELECT id FROM sms_messages
     WHERE id = ANY($1::uuid[]) AND state = 'queued' AND send_before > now() FOR UPDATE SKIP LOCKED)
   UPDATE sms_messages m
   SET state = 'calling', fence = m.fence + 1, lease_until = now() + $2::float8 * interval '1 millisecond'
   FROM due WHERE m.id = ANY($1) AND m.id = due.id
   RETURNING m.id, m.fence`,
);

// Nobody waits for this commit to reach the disk: when a crash of the database swallows it, the message is still
// `calling`, and becomes unknown.
// `= ANY` repeats the join, for planners that have never seen statistics of the table: they would read all of it.
// The attempt is written only where the message still belongs to this claim: a late dispatcher loses.
export const RECORD = new PreparedStatement<{ message_id: string }>(
  'sms.record',
  `WITH unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
   given AS (
     SELECT * FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::text[], $9::text[], $10::text[], $11::smallint[], $12::timestamptz[], $13::timestamptz[], $14::text[],
       $15::text[], $16::boolean[], $18::text[], $19::int[])
     AS g(message_id, fence, number, provider, outcome, refusal, vendor_code, vendor_text, vendor_request_id,
       provider_message_id, segments, started_at, finished_at, state, next_provider, keep_content, route, cost)),
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
     vendor_request_id, provider_message_id, segments, started_at, finished_at, route, cost)
   SELECT message_id, number, provider, outcome, refusal, vendor_code, vendor_text,
     vendor_request_id, provider_message_id, segments, started_at, finished_at, route, cost
   FROM given WHERE message_id IN (SELECT id FROM held) AND EXISTS (SELECT 1 FROM unhurried)
   RETURNING message_id`,
);

// Settles without a call.
export const WITHHOLD = new PreparedStatement<{ id: string }>(
  'sms.withhold',
  `UPDATE sms_messages SET state = $3::text, refusal = CASE WHEN $3 = 'refused' THEN 'G' END,
     content_ciphertext = NULL, lease_until = NULL, settled_at = now()
   WHERE id = $1 AND fence = $2 AND state = 'calling' RETURNING id`,
);

// The lease of a queued message is its rest: without one, messages that nobody can send now would keep every
// dispatcher busy and stand in the way of younger ones.
export const RELEASE = new PreparedStatement<{ id: string }>(
  'sms.release',
  `UPDATE sms_messages SET state = 'queued', lease_until = now() + $3::float8 * interval '1 millisecond'
   WHERE id = $1 AND fence = $2 AND state = 'calling' RETURNING id`,
);

// Nobody answers for these any more: the instance that called died, so whether the gateway took them is unknown.
export const LOSE = new PreparedStatement<{ id: string }>(
  'sms.lose',
  `WITH lost AS (
     UPDATE sms_messages SET state = 'unknown', settled_at = now(), lease_until = NULL, content_ciphertext = NULL
     WHERE settled_at IS NULL AND state = 'calling' AND lease_until < now() RETURNING id, fence, provider)
   INSERT INTO sms_attempts (message_id, number, provider, outcome, vendor_code, started_at, finished_at)
   SELECT id, (SELECT count(*) + 1 FROM sms_attempts a WHERE a.message_id = lost.id), coalesce(provider, '?'),
          'unknown', 'crash', now(), now() FROM lost
   RETURNING message_id AS id`,
);

export const EXPIRE = new PreparedStatement<ClaimedMessage>(
  'sms.expire',
  `UPDATE sms_messages m SET state = 'expired', settled_at = now(), lease_until = NULL, content_ciphertext = NULL
   WHERE settled_at IS NULL AND state = 'queued' AND send_before <= now()
   RETURNING ${CLAIMED}, 0 AS attempts`,
);

export const ANALYSE = new PreparedStatement<object>('sms.analyse', 'ANALYZE sms_messages, sms_attempts');
