import { PreparedStatement } from '../../database/prepared-statement';
import type { UploadState } from './upload';

/** A row of `uploads`, as far as it is read. */
export interface UploadRow {
  readonly id: string;
  readonly owner_id: string;
  readonly purpose: string;
  readonly store: string;
  readonly raw_key: string;
  readonly content_type: string;
  readonly max_bytes: number;
  readonly received: number;
  readonly size: number | null;
  readonly etag: string | null;
  readonly state: UploadState;
  readonly reason: string | null;
  readonly lease: number;
  readonly attempts: number;
  readonly expires_at: Date;
}

const COLUMNS = `id, owner_id, purpose, store, raw_key, content_type, max_bytes::float8 AS max_bytes,
  received::float8 AS received, size::float8 AS size, etag, state, reason, lease, attempts, expires_at`;

/** Seconds after a ticket ended until nothing can come in any more: what was under way is refused or there. */
export const LATE_SECONDS = 120;

const OVER = `expires_at + interval '${LATE_SECONDS} seconds'`;

const seconds = (parameter: string) => `${parameter}::float8 * interval '1 second'`;

// Quotas are exact, however many begin at once: who inserts has seen every upload of the owner with a lower number. Of two
// with the same number one is not made, and looks again. Owners come in one order, so that two statements never wait for each
// other. $1 to $7: one array for each column.
export const START = new PreparedStatement<{
  id: string;
  is_made: boolean;
  day_left: number | null;
  open_left: number | null;
}>(
  'uploads.start',
  `WITH wanted AS (
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
       AS wanted (id, owner_id, purpose, store, raw_key, content_type, max_bytes)),
   quota AS MATERIALIZED (
     SELECT wanted.*,
       coalesce((SELECT max(number) FROM uploads WHERE uploads.owner_id = wanted.owner_id), 0) + 1 AS number,
       (SELECT extract(epoch FROM created_at + interval '1 day' - now())::float8
        FROM uploads WHERE uploads.owner_id = wanted.owner_id
        ORDER BY number DESC OFFSET $10::bigint LIMIT 1) AS day_left,
       (SELECT extract(epoch FROM expires_at - now())::float8
        FROM uploads
        WHERE uploads.owner_id = wanted.owner_id AND state IN ('pending', 'uploaded') AND expires_at > now()
        ORDER BY expires_at DESC OFFSET $9::bigint LIMIT 1) AS open_left
     FROM wanted),
   made AS (
     INSERT INTO uploads (id, owner_id, number, purpose, store, raw_key, content_type, max_bytes, expires_at, look_at)
     SELECT id, owner_id, number, purpose, store, raw_key, content_type, max_bytes,
       now() + ${seconds('$8')}, now() + ${seconds('$11')}
     FROM quota WHERE coalesce(day_left, 0) <= 0 AND coalesce(open_left, 0) <= 0
     ORDER BY owner_id
     ON CONFLICT (owner_id, number) DO NOTHING
     RETURNING id)
   SELECT quota.id, made.id IS NOT NULL AS is_made, day_left, open_left
   FROM quota LEFT JOIN made ON made.id = quota.id`,
);

export const FIND = new PreparedStatement<UploadRow>(
  'uploads.find',
  `SELECT ${COLUMNS} FROM uploads WHERE id = $1`,
);

// Whoever completes an upload holds a lease; a killed process loses it with time.
export const CLAIM = new PreparedStatement<UploadRow & { is_over: boolean }>(
  'uploads.claim',
  `UPDATE uploads SET lease = lease + 1, lease_until = now() + ${seconds('$2')}, attempts = attempts + 1,
     look_at = now() + ${seconds('$2')}, updated_at = now()
   WHERE id = $1 AND state IN ('pending', 'uploaded') AND (lease_until IS NULL OR lease_until <= now())
   RETURNING ${COLUMNS}, ${OVER} < now() AS is_over`,
);

const HELD = `id = $1 AND lease = $2 AND state IN ('pending', 'uploaded')`;

export const RENEW = new PreparedStatement<{ id: string }>(
  'uploads.renew',
  `UPDATE uploads SET lease_until = now() + ${seconds('$3')}, look_at = now() + ${seconds('$3')}
   WHERE ${HELD} AND lease_until > now() RETURNING id`,
);

/**
 * $3: whether the attempt counts; $4: seconds until the sweeper looks, or null: when the ticket ends, or a minute later. The
 * longer a store has kept an upload waiting, the longer the sweeper waits, up to ten minutes; its owner can ask at any time.
 */
export const LEAVE = new PreparedStatement<{ id: string }>(
  'uploads.leave',
  `UPDATE uploads SET lease_until = NULL, attempts = attempts - CASE WHEN $3 THEN 0 ELSE 1 END,
     look_at = coalesce(
       greatest(now() + ${seconds('$4')}, least(now() + (now() - created_at) / 10, now() + interval '10 minutes')),
       greatest(expires_at, now() + interval '1 minute')), updated_at = now()
   WHERE ${HELD} RETURNING id`,
);

export const SEEN = new PreparedStatement<{ id: string }>(
  'uploads.seen',
  `UPDATE uploads SET state = 'uploaded', size = $3::bigint, etag = left($4, 256), updated_at = now()
   WHERE ${HELD} RETURNING id`,
);

export const READY = new PreparedStatement<UploadRow>(
  'uploads.ready',
  `WITH done AS (
     UPDATE uploads SET state = 'ready', lease_until = NULL, look_at = now() + ${seconds('$3')}, updated_at = now()
     WHERE ${HELD} RETURNING *),
   raw AS (
     INSERT INTO object_deletions (store, key, again_at) SELECT store, raw_key, ${OVER} FROM done ON CONFLICT DO NOTHING)
   SELECT ${COLUMNS} FROM done`,
);

/** $3: `rejected` or `expired`; $4: why; $5: keys that go; $6: seconds until they do. */
export const CLOSE = new PreparedStatement<UploadRow>(
  'uploads.close',
  `WITH done AS (
     UPDATE uploads SET state = $3, reason = $4, lease_until = NULL, look_at = NULL, updated_at = now()
     WHERE ${HELD} RETURNING *),
   gone AS (
     INSERT INTO object_deletions (store, key, due_at, again_at)
     SELECT store, unnest($5::text[]), now() + ${seconds('$6')}, ${OVER} FROM done ON CONFLICT DO NOTHING)
   SELECT ${COLUMNS} FROM done`,
);

export const RECEIVED = new PreparedStatement<{ id: string }>(
  'uploads.received',
  `UPDATE uploads SET received = $2::bigint, updated_at = now() WHERE id = $1 AND state = 'pending' RETURNING id`,
);

export const USE = new PreparedStatement<UploadRow>(
  'uploads.use',
  `UPDATE uploads SET state = 'used', look_at = NULL, updated_at = now()
   WHERE id = $1 AND owner_id = $2 AND purpose = $3 AND state = 'ready' RETURNING ${COLUMNS}`,
);

/** The objects of an upload that has variants: $2 says how their keys end. */
export const RELEASE = new PreparedStatement<UploadRow>(
  'uploads.release',
  `UPDATE uploads SET state = 'expired', reason = 'released', look_at = NULL, updated_at = now()
   WHERE id = $1 AND state IN ('ready', 'used') RETURNING ${COLUMNS}`,
);

/** What nobody used in time. */
export const UNUSED = new PreparedStatement<UploadRow>(
  'uploads.unused',
  `UPDATE uploads SET state = 'expired', reason = 'unused', look_at = NULL, updated_at = now()
   WHERE id = $1 AND state = 'ready' RETURNING ${COLUMNS}`,
);

/**
 * Rows go at once; what may still come in for them, or may still be made of them by another instance, is deleted when it can't
 * come any more: `late_seconds`.
 */
export const FORGET = new PreparedStatement<UploadRow & { late_seconds: number }>(
  'uploads.forget',
  `DELETE FROM uploads WHERE owner_id = $1
   RETURNING ${COLUMNS},
     greatest(0, extract(epoch FROM greatest(lease_until, ${OVER}) - now()))::float8 AS late_seconds`,
);

/**
 * The same where no UploadsModule is there that would know their objects: what is in use is for the next one to delete, as what
 * nobody uses. All else is looked at anyway.
 */
export const LEAVE_BEHIND = new PreparedStatement<{ id: string }>(
  'uploads.leave-behind',
  `UPDATE uploads SET state = 'ready', look_at = now(), updated_at = now()
   WHERE owner_id = $1 AND state = 'used' RETURNING id`,
);

/** What is to be looked at; what another instance has just locked is left to it. $2: seconds it is left alone for. */
export const DUE = new PreparedStatement<{ id: string; state: UploadState }>(
  'uploads.due',
  `UPDATE uploads SET look_at = now() + ${seconds('$2')} WHERE id = ANY(ARRAY(
     SELECT id FROM uploads WHERE look_at <= now() ORDER BY look_at LIMIT $1 FOR UPDATE SKIP LOCKED))
   RETURNING id, state`,
);

export const PURGE = new PreparedStatement<{ id: string }>(
  'uploads.purge',
  `DELETE FROM uploads WHERE id = ANY(ARRAY(
     SELECT id FROM uploads
     WHERE state IN ('rejected', 'expired') AND updated_at < now() - $1::float8 * interval '1 day'
       AND created_at < now() - $1::float8 * interval '1 day'
     LIMIT $2 FOR UPDATE SKIP LOCKED))
   RETURNING id`,
);

/** Of an upload that broke off on its way through this service. $2: why. */
export const ABANDON = new PreparedStatement<{ id: string }>(
  'uploads.abandon',
  `WITH done AS (
     UPDATE uploads SET state = 'expired', reason = left($2, 32), lease_until = NULL, look_at = NULL, updated_at = now()
     WHERE id = $1 AND state = 'pending' RETURNING id, store, raw_key),
   gone AS (
     INSERT INTO object_deletions (store, key, due_at)
     SELECT store, raw_key, now() + interval '${LATE_SECONDS} seconds' FROM done ON CONFLICT DO NOTHING)
   SELECT id FROM done`,
);
