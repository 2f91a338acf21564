import { PreparedStatement } from '../../database/prepared-statement';
import type { UserStatus } from '../../users/user.entity';

// Whoever changes what an account is found by, or whether it may be used, locks it first: see session-statements.ts.

export interface LockedAccount {
  readonly id: string;
  readonly phoneIndex: Buffer | null;
  readonly phoneCiphertext: Buffer | null;
  readonly username: string | null;
  readonly usernameKey: string | null;
  readonly usernameSkeleton: string | null;
  readonly email: string | null;
  readonly emailKey: string | null;
  readonly nickname: string | null;
  readonly passwordHash: string | null;
  readonly roles: string[];
  readonly status: UserStatus;
  readonly isTest: boolean;
  readonly createdAt: Date;
  readonly deletedAt: Date | null;
  readonly eraseAt: Date | null;
  readonly heldCiphertext: Buffer | null;
  readonly phoneChangedAt: Date | null;
}

const LOCKED = `id, phone_index AS "phoneIndex", phone_ciphertext AS "phoneCiphertext", username,
  username_key AS "usernameKey", username_skeleton AS "usernameSkeleton", email, email_key AS "emailKey", nickname,
  password_hash AS "passwordHash", roles, status, is_test AS "isTest", created_at AS "createdAt",
  deleted_at AS "deletedAt", erase_at AS "eraseAt", held_ciphertext AS "heldCiphertext",
  phone_changed_at AS "phoneChangedAt"`;

/** $1 user. */
export const LOCK_ACCOUNT = new PreparedStatement<LockedAccount>(
  'auth.lock-account',
  `SELECT ${LOCKED} FROM users WHERE id = $1 FOR UPDATE`,
);

/** $1 digest of the ticket, $2 its purpose, $3 the user it was issued to. No row: it is no good. */
export const REDEEM_OWN_TICKET = new PreparedStatement<{ phone_index: Buffer; phone_ciphertext: Buffer }>(
  'auth.redeem-own-ticket',
  `UPDATE spent_verifications SET ticket_used_at = now()
   WHERE ticket_digest = $1 AND purpose = $2 AND user_id = $3
     AND ticket_used_at IS NULL AND ticket_expires_at > now()
   RETURNING phone_index, phone_ciphertext`,
);

/** $1 user, $2 blind index, $3 ciphertext. */
export const SET_PHONE = new PreparedStatement<{ id: string }>(
  'auth.set-phone',
  `UPDATE users SET phone_index = $2, phone_ciphertext = $3, phone_changed_at = now(), updated_at = now()
   WHERE id = $1 RETURNING id`,
);

/** $1 user, $2 name, $3 key, $4 skeleton. */
export const SET_USERNAME = new PreparedStatement<{ id: string }>(
  'auth.set-username',
  `UPDATE users SET username = $2, username_key = $3, username_skeleton = $4, updated_at = now()
   WHERE id = $1 AND status = 'active' RETURNING id`,
);

/** $1 user, $2 address, $3 key. */
export const SET_EMAIL = new PreparedStatement<{ id: string }>(
  'auth.set-email',
  `UPDATE users SET email = $2, email_key = $3, updated_at = now()
   WHERE id = $1 AND status = 'active' RETURNING id`,
);
