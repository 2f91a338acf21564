import { PreparedStatement } from '../../database/prepared-statement';

export interface DueDeletion {
  readonly store: string;
  readonly key: string;
  readonly attempts: number;
}

/**
 * $3: seconds for which something may come in there anew. One that is written down already may have just been deleted, and be
 * crossed out in a moment, before what came in since: it is deleted once more.
 */
export const DELETE_LATER = new PreparedStatement<{ key: string }>(
  'object-deletions.add',
  `INSERT INTO object_deletions (store, key, due_at, again_at)
   SELECT $1, unnest($2::text[]), now(), now() + $3::float8 * interval '1 second'
   ON CONFLICT (store, key) DO UPDATE
   SET again_at = greatest(object_deletions.again_at, excluded.again_at, now() + interval '10 seconds')
   RETURNING key`,
);

// A ticket may be used once more after its object is gone: not every store knows which tickets were used.
export const DELETED = new PreparedStatement<{ key: string }>(
  'object-deletions.done',
  `WITH again AS (
     UPDATE object_deletions SET due_at = again_at, attempts = 0
     WHERE store = $1 AND key = ANY($2::text[]) AND again_at > now())
   DELETE FROM object_deletions WHERE store = $1 AND key = ANY($2::text[]) AND (again_at IS NULL OR again_at <= now())
   RETURNING key`,
);

// Who takes one puts it off first: a process that is killed over it leaves it to the next one. Tried again after half a
// minute, a minute, two, up to an hour, and for as long as it takes. $2: stores that can be asked; what lies in others
// waits until they are configured again.
export const DUE_DELETIONS = new PreparedStatement<DueDeletion>(
  'object-deletions.due',
  `WITH due AS MATERIALIZED (
     SELECT store, key FROM object_deletions WHERE due_at <= now() AND store = ANY($2::text[])
     ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
   UPDATE object_deletions d
   SET attempts = least(d.attempts + 1, 1000),
     due_at = now() + least(3600, 30 * 2 ^ least(d.attempts, 10)) * interval '1 second'
   FROM due WHERE d.store = due.store AND d.key = due.key
   RETURNING d.store, d.key, d.attempts`,
);

/** $1: stores that are configured. */
export const LEFT_BEHIND = new PreparedStatement<{ store: string; objects: number }>(
  'object-deletions.left-behind',
  `SELECT store, count(*)::int AS objects FROM object_deletions WHERE store <> ALL($1::text[]) GROUP BY store`,
);
