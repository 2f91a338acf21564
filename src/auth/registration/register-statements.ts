import { PreparedStatement } from '../../database/prepared-statement';
import {
  ACCOUNT,
  type AccountRow,
  OPENED,
  REDEEMED,
  REGISTERED,
  SPENT,
} from '../sessions/session-statements';

/** Number of the first parameter after the session's ($1..$7) and the account's. */
const PROOF = 22;

// Account, consent, entry in the audit log and session, together with the end of the proof that bought them: all of it or nothing.
const register = (proof: string) =>
  `WITH ${proof},
   account AS (
     INSERT INTO users (id, phone_index, phone_ciphertext, username, username_key, username_skeleton, nickname,
       password_hash, email, email_key, is_test, registration_id)
     SELECT $8::uuid, phone_index, phone_ciphertext, $9::text, $10::text, $11::text, $12::text,
       $13::text, $14::text, $15::text, $16::boolean, $17::uuid FROM proof
     RETURNING *),
   consented AS (
     INSERT INTO consents (id, user_id, policy_version, ip_prefix)
     SELECT $18::uuid, id, $19::text, $5::text FROM account),
   ${REGISTERED(20, 'account')},
   ${OPENED}
   SELECT ${ACCOUNT} FROM account`;

/** $8..$21 the account, $22..$25 the proof. */
export const REGISTER_BY_CODE = new PreparedStatement<AccountRow>(
  'auth.register-by-code',
  register(SPENT(PROOF)),
);

/** $8..$21 the account, $22 digest of the ticket, $23 its purpose. No row: the ticket is no good. */
export const REGISTER_BY_TICKET = new PreparedStatement<AccountRow>(
  'auth.register-by-ticket',
  register(REDEEMED(PROOF)),
);

/** $1 digest of a ticket, $2 its purpose: whose number it proves. No row: the ticket is no good. */
export const READ_TICKET = new PreparedStatement<{ phoneCiphertext: Buffer }>(
  'auth.read-ticket',
  `SELECT phone_ciphertext AS "phoneCiphertext" FROM spent_verifications
   WHERE ticket_digest = $1 AND purpose = $2 AND ticket_used_at IS NULL AND ticket_expires_at > now()`,
);

/** $1 registration, $2 for how many seconds it is told: the account that it became. */
export const FIND_REGISTERED = new PreparedStatement<AccountRow>(
  'auth.find-registered',
  `SELECT ${ACCOUNT} FROM users
   WHERE registration_id = $1 AND status = 'active' AND created_at > now() - $2::float8 * interval '1 second'`,
);

/** $1 key and $2 skeleton of a user name, $3 key of an e-mail address; null for none. */
export const FIND_TAKEN = new PreparedStatement<{ username: boolean; email: boolean }>(
  'auth.find-taken',
  `SELECT EXISTS (SELECT 1 FROM users WHERE username_key = $1::text OR username_skeleton = $2::text) AS username,
          EXISTS (SELECT 1 FROM users WHERE email_key = $3::text) AS email`,
);
