import { PreparedStatement } from '../../database/prepared-statement';
import type { UserStatus } from '../../users/user.entity';
import { SHOWN_USER, type ShownUser } from '../../users/user-view';

/** A user row as these statements answer it. */
export interface AccountRow extends ShownUser {
  readonly status: UserStatus;
  readonly tokenGeneration: number;
}

export interface RefreshedRow extends AccountRow {
  readonly amr: string[];
  readonly authTime: number;
  readonly refreshExpiresIn: number;
}

/** What is selected `FROM account`. */
export const ACCOUNT = `${SHOWN_USER}, status, token_generation AS "tokenGeneration"`;

/** $1..$7: the new session. Its user is what the CTE `account` holds, if that is active. */
export const OPENED = `opened AS (
  INSERT INTO sessions (id, user_id, amr, refresh_digest, device, ip_prefix, idle_expires_at, absolute_expires_at)
  SELECT $1::uuid, id, $2::text[], $3::bytea, $4::text, $5::text,
         now() + $6::float8 * interval '1 second', now() + $7::float8 * interval '1 second'
  FROM account WHERE status = 'active')`;

/**
 * The unique id of a spent verification is what makes a code work once, whatever Redis remembers. All of it is one
 * statement, so that what a proof buys and the proof's end are one transaction and one round trip.
 */
export const SPENT = (first: number) => `proof AS (
  INSERT INTO spent_verifications (verification_id, purpose, phone_index, phone_ciphertext)
  VALUES ($${first}, $${first + 1}, $${first + 2}, $${first + 3})
  RETURNING phone_index, phone_ciphertext)`;

/** Two parameters: digest of the ticket, its purpose. No row: the ticket is no good. */
export const REDEEMED = (first: number) => `proof AS (
  UPDATE spent_verifications SET ticket_used_at = now()
  WHERE ticket_digest = $${first} AND purpose = $${first + 1}
    AND ticket_used_at IS NULL AND ticket_expires_at > now()
  RETURNING phone_index, phone_ciphertext)`;

/**
 * Two parameters: id of the entry in the audit log (null for none), and of the request.
 * @param made what holds the account that was made
 */
export const REGISTERED = (first: number, made: string) => `registered AS (
  INSERT INTO audit_events (id, actor, action, subject, request_id)
  SELECT $${first}::uuid, id::text, 'user.registered', id::text, $${first + 1}::text FROM ${made}
  WHERE $${first}::uuid IS NOT NULL)`;

// A log-in locks the account that it opens, and reads it as it is by then: whoever changes its number, disables or deletes
// it comes before, and the log-in finds nothing, or after, and ends the session. The foreign key would take the same
// lock, but would not look again.

/** $8 user id for a new account, $9..$12 the proof, $13 and $14 its entry in the audit log, $15 and $16 its consent. */
export const LOG_IN_OR_CREATE = new PreparedStatement<AccountRow & { isNew: boolean }>(
  'auth.log-in-or-create',
  `WITH ${SPENT(9)},
   existing AS (SELECT u.* FROM users u JOIN proof p ON u.phone_index = p.phone_index FOR KEY SHARE OF u),
   created AS (
     INSERT INTO users (id, phone_index, phone_ciphertext)
     SELECT $8::uuid, phone_index, phone_ciphertext FROM proof WHERE NOT EXISTS (SELECT 1 FROM existing)
     RETURNING *),
   account AS (SELECT * FROM existing UNION ALL SELECT * FROM created),
   ${REGISTERED(13, 'created')},
   consented AS (
     INSERT INTO consents (id, user_id, policy_version, ip_prefix)
     SELECT $15::uuid, id, $16::text, $5::text FROM created),
   ${OPENED}
   SELECT ${ACCOUNT}, EXISTS (SELECT 1 FROM created) AS "isNew" FROM account`,
);

/** $1 user. */
export const ACCOUNT_BY_ID = new PreparedStatement<AccountRow>(
  'auth.account',
  `SELECT ${ACCOUNT} FROM users WHERE id = $1 AND status = 'active'`,
);

/** $8 user id. No row: disabled meanwhile. */
export const OPEN_SESSION = new PreparedStatement<AccountRow>(
  'auth.open-session',
  `WITH account AS (SELECT * FROM users WHERE id = $8 AND status = 'active' FOR KEY SHARE), ${OPENED}
   SELECT ${ACCOUNT} FROM account`,
);

// Where a join is repeated as `= ANY`, it is for planners that have no statistics yet: they would read whole tables.

/**
 * Log-ins of existing users, as many as come together. $1..$4 the proofs, $5..$9 the sessions, $10 and $11 their
 * lifetimes. A proof that was spent before has no row; one whose number has no account has a row without `id`.
 */
export const LOG_IN_TOGETHER = new PreparedStatement<
  { verification_id: string } & (AccountRow | { id: null })
>(
  'auth.log-in-together',
  `WITH given AS (
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::uuid[], $6::text[], $7::bytea[],
       $8::text[], $9::text[])
     AS g(verification_id, purpose, phone_index, phone_ciphertext, session_id, amr, digest, device, ip_prefix)),
   proof AS (
     INSERT INTO spent_verifications (verification_id, purpose, phone_index, phone_ciphertext)
     SELECT verification_id, purpose, phone_index, phone_ciphertext FROM given
     ON CONFLICT (verification_id) DO NOTHING RETURNING verification_id),
   account AS (
     SELECT g.verification_id, g.session_id, g.amr, g.digest, g.device, g.ip_prefix,
       u.id, u.phone_ciphertext, u.username, u.nickname, u.email, u.avatar_upload_id, u.avatar_store, u.roles,
       u.created_at, u.status, u.token_generation
     FROM given g JOIN proof p USING (verification_id) JOIN users u ON u.phone_index = g.phone_index
     WHERE u.phone_index = ANY($3) FOR KEY SHARE OF u),
   opened AS (
     INSERT INTO sessions (id, user_id, amr, refresh_digest, device, ip_prefix, idle_expires_at, absolute_expires_at)
     SELECT session_id, id, string_to_array(amr, ' '), digest, device, ip_prefix,
            now() + $10::float8 * interval '1 second', now() + $11::float8 * interval '1 second'
     FROM account WHERE status = 'active')
   SELECT p.verification_id, ${ACCOUNT} FROM proof p LEFT JOIN account USING (verification_id)`,
);

/**
 * $1 sessions, $2 digests presented, $3 digests of the successors, $4 address prefixes, $5 idle lifetime.
 * One conditional update: of parallel refreshes with one token, one rotates.
 */
export const ROTATE = new PreparedStatement<RefreshedRow & { sessionId: string; presented: Buffer }>(
  'auth.rotate',
  `WITH rotated AS (
     UPDATE sessions s
     SET previous_digest = s.refresh_digest, refresh_digest = g.successor, rotated_at = now(), last_used_at = now(),
         refresh_generation = s.refresh_generation + 1, ip_prefix = coalesce(g.ip_prefix, s.ip_prefix),
         idle_expires_at = least(now() + $5::float8 * interval '1 second', s.absolute_expires_at)
     FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::text[]) AS g(id, presented, successor, ip_prefix)
     WHERE s.id = ANY($1) AND s.id = g.id AND s.refresh_digest = g.presented AND s.revoked_at IS NULL
       AND s.idle_expires_at > now() AND s.absolute_expires_at > now()
     RETURNING s.id, g.presented, s.user_id, s.amr, s.created_at, s.idle_expires_at)
   SELECT r.id AS "sessionId", r.presented, u.id, u.phone_ciphertext AS "phoneCiphertext", u.username, u.nickname,
     u.email, u.avatar_upload_id AS "avatarUploadId", u.avatar_store AS "avatarStore", u.roles,
     u.created_at AS "createdAt", u.status, u.token_generation AS "tokenGeneration", r.amr,
     extract(epoch FROM r.created_at)::int AS "authTime",
     extract(epoch FROM r.idle_expires_at - now())::int AS "refreshExpiresIn"
   FROM rotated r JOIN users u ON u.id = r.user_id WHERE u.status = 'active'`,
);

/** $1 session, $2 digest presented, $3 grace in seconds: the successor of a token that was used a moment ago. */
export const REPEAT_ROTATION = new PreparedStatement<RefreshedRow & { inGrace: boolean; generation: number }>(
  'auth.repeat-rotation',
  `SELECT u.id, u.phone_ciphertext AS "phoneCiphertext", u.username, u.nickname, u.email,
     u.avatar_upload_id AS "avatarUploadId", u.avatar_store AS "avatarStore", u.roles, u.created_at AS "createdAt",
     u.status, u.token_generation AS "tokenGeneration", s.amr, extract(epoch FROM s.created_at)::int AS "authTime",
     extract(epoch FROM s.idle_expires_at - now())::int AS "refreshExpiresIn", s.refresh_generation AS generation,
     (s.previous_digest = $2 AND s.rotated_at > now() - $3::float8 * interval '1 second') IS TRUE AS "inGrace"
   FROM sessions s JOIN users u ON u.id = s.user_id
   WHERE s.id = $1 AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.absolute_expires_at > now()
     AND u.status = 'active'`,
);

/** $1 user, $2 the session that stays, $3 reason. */
export const END_OTHERS = new PreparedStatement<{ id: string }>(
  'auth.end-others',
  `UPDATE sessions SET revoked_at = now(), revoked_reason = $3
   WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL RETURNING id`,
);

/** $1 user, $2 reason. */
export const END_ALL = new PreparedStatement<{ id: string }>(
  'auth.end-all',
  `UPDATE sessions SET revoked_at = now(), revoked_reason = $2
   WHERE user_id = $1 AND revoked_at IS NULL RETURNING id`,
);

/** $1 user. */
export const NEXT_GENERATION = new PreparedStatement<{ generation: number }>(
  'auth.next-generation',
  `UPDATE users SET token_generation = token_generation + 1, generation_changed_at = now()
   WHERE id = $1 RETURNING token_generation AS generation`,
);
