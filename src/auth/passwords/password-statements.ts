import { PreparedStatement } from '../../database/prepared-statement';
import { type AccountRow, ACCOUNT, OPENED } from '../sessions/session-statements';

/** An account as its passwords are judged. */
export interface PasswordRow {
  readonly id: string;
  readonly passwordHash: string | null;
  readonly phoneCiphertext: Buffer | null;
  readonly username: string | null;
  readonly nickname: string | null;
  readonly email: string | null;
}

const PASSWORD_ROW = `u.id, u.password_hash AS "passwordHash", u.phone_ciphertext AS "phoneCiphertext", u.username,
  u.nickname, u.email`;

/** $1 user. No row: not active. */
export const PASSWORD_OF = new PreparedStatement<PasswordRow>(
  'auth.password',
  `SELECT ${PASSWORD_ROW} FROM users u WHERE id = $1 AND status = 'active'`,
);

// Of an account that is not there comes a row as well: to read one must not take longer than to read the other.
const found = (name: string, column: string) =>
  new PreparedStatement<{ id: string | null; passwordHash: string | null }>(
    `auth.password-by-${name}`,
    `SELECT u.id, u.password_hash AS "passwordHash"
     FROM (VALUES (1)) AS one LEFT JOIN users u ON u.${column} = $1 AND u.status = 'active'`,
  );

/** $1 the identifier as it is looked for. */
export const PASSWORD_BY = {
  phone: found('phone', 'phone_index'),
  email: found('email', 'email_key'),
  username: found('username', 'username_key'),
} as const;

// Whoever changes a password locks the account against log-ins: one comes before, and its session is ended, or after,
// and finds another hash than it has compared with.

/** $8 user, $9 the hash that the password was compared with. No row: changed or disabled meanwhile. */
export const LOG_IN_BY_PASSWORD = new PreparedStatement<AccountRow>(
  'auth.log-in-by-password',
  `WITH account AS (
     SELECT * FROM users WHERE id = $8 AND status = 'active' AND password_hash = $9 FOR KEY SHARE),
   ${OPENED}
   SELECT ${ACCOUNT} FROM account`,
);

/** $1 user, $2 the hash that was right, $3 one of today for the same password. */
export const REHASH = new PreparedStatement<{ id: string }>(
  'auth.rehash',
  `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING id`,
);

/** $1 user, $2 new hash, $3 the hash it replaces. No row: changed or disabled meanwhile. */
export const CHANGE_PASSWORD = new PreparedStatement<{ id: string }>(
  'auth.change-password',
  `WITH locked AS (
     SELECT id FROM users WHERE id = $1 AND status = 'active' AND password_hash IS NOT DISTINCT FROM $3 FOR UPDATE)
   UPDATE users u SET password_hash = $2, updated_at = now() FROM locked l WHERE u.id = l.id RETURNING u.id`,
);

const GOOD_TICKET = `ticket_digest = $1 AND purpose = 'reset_password'
  AND ticket_used_at IS NULL AND ticket_expires_at > now()`;

/** A number that became another's after it was proven opens nothing of theirs. */
const OF_ITS_NUMBER = `u.phone_index = v.phone_index AND u.status = 'active'
  AND v.spent_at >= coalesce(u.phone_changed_at, u.created_at)`;

/** $1 digest of the ticket, $2 days. Whose password it resets, and whether the account was not used for that long. */
export const ACCOUNT_OF_TICKET = new PreparedStatement<PasswordRow & { isIdle: boolean }>(
  'auth.account-of-ticket',
  `SELECT ${PASSWORD_ROW},
     u.password_hash IS NOT NULL AND $2::float8 > 0 AND greatest(u.created_at,
       (SELECT max(s.last_used_at) FROM sessions s WHERE s.user_id = u.id)) < now() - $2::float8 * interval '1 day'
     AS "isIdle"
   FROM spent_verifications v JOIN users u ON ${OF_ITS_NUMBER}
   WHERE ${GOOD_TICKET}`,
);

/** $1 digest of the ticket, $2 user, $3 new hash. No row: the ticket is no good, or no longer of this account. */
export const RESET_PASSWORD = new PreparedStatement<{ id: string }>(
  'auth.reset-password',
  `WITH proof AS (
     UPDATE spent_verifications SET ticket_used_at = now() WHERE ${GOOD_TICKET} RETURNING phone_index, spent_at),
   locked AS (
     SELECT u.id FROM users u JOIN proof v ON ${OF_ITS_NUMBER} WHERE u.id = $2 FOR UPDATE OF u)
   UPDATE users u SET password_hash = $3, updated_at = now() FROM locked l WHERE u.id = l.id RETURNING u.id`,
);

/** $1 blind index of a number, $2 days. The account, if it has a password and was not used for that long. */
export const IDLE_ACCOUNT = new PreparedStatement<{ id: string; passwordHash: string }>(
  'auth.idle-account',
  `SELECT u.id, u.password_hash AS "passwordHash" FROM users u
   WHERE u.phone_index = $1 AND u.status = 'active' AND u.password_hash IS NOT NULL AND greatest(u.created_at,
     (SELECT max(s.last_used_at) FROM sessions s WHERE s.user_id = u.id)) < now() - $2::float8 * interval '1 day'`,
);
