import { PreparedStatement } from '../../database/prepared-statement';

/** $1 user, $2 what it held, sealed; $3 for how many days. Whatever it was found by is free with this. */
export const HOLD_ACCOUNT = new PreparedStatement<{ deletedAt: Date; eraseAt: Date }>(
  'auth.hold-account',
  `UPDATE users SET status = 'deleted', deleted_at = now(), erase_at = now() + $3::int * interval '1 day',
     held_ciphertext = $2, held_phone_index = phone_index, phone_index = NULL, phone_ciphertext = NULL,
     username = NULL, username_key = NULL, username_skeleton = NULL, email = NULL, email_key = NULL,
     nickname = NULL, password_hash = NULL, registration_id = NULL, updated_at = now()
   WHERE id = $1
   RETURNING deleted_at AS "deletedAt", erase_at AS "eraseAt"`,
);

/**
 * $1 user, $2 blind index and $3 ciphertext of the number, $4..$6 user name, key and skeleton, $7 address, $8 key,
 * $9 nickname, $10 password hash. A name or an address that somebody else has by now does not come back.
 */
export const RESTORE_ACCOUNT = new PreparedStatement<{ id: string }>(
  'auth.restore-account',
  `UPDATE users u SET status = 'active', deleted_at = NULL, erase_at = NULL, held_ciphertext = NULL,
     held_phone_index = NULL, phone_index = $2, phone_ciphertext = $3, phone_changed_at = now(),
     username = CASE WHEN free.name THEN $4::text END, username_key = CASE WHEN free.name THEN $5::text END,
     username_skeleton = CASE WHEN free.name THEN $6::text END,
     email = CASE WHEN free.address THEN $7::text END, email_key = CASE WHEN free.address THEN $8::text END,
     nickname = $9, password_hash = $10, updated_at = now()
   FROM (SELECT NOT EXISTS (SELECT 1 FROM users WHERE username_key = $5::text OR username_skeleton = $6::text) AS name,
                NOT EXISTS (SELECT 1 FROM users WHERE email_key = $8::text) AS address) AS free
   WHERE u.id = $1 RETURNING u.id`,
);

export interface DueAccount {
  readonly id: string;
  readonly phoneIndex: Buffer | null;
  readonly deletedAt: Date;
}

/** $1 users to pass by. What another instance has just locked is left to it. */
export const DUE = new PreparedStatement<DueAccount>(
  'auth.due-for-erasure',
  `SELECT id, held_phone_index AS "phoneIndex", deleted_at AS "deletedAt" FROM users
   WHERE erase_at <= now() AND id <> ALL($1::uuid[])
   ORDER BY erase_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
);

/** $1 user. The id stays, for the audit log and the consents; nothing that says whose it was does. */
export const ERASE_ACCOUNT = new PreparedStatement<{ id: string }>(
  'auth.erase-account',
  `WITH ended AS (DELETE FROM sessions WHERE user_id = $1),
   consented AS (UPDATE consents SET ip_prefix = NULL WHERE user_id = $1)
   UPDATE users SET held_ciphertext = NULL, held_phone_index = NULL, erase_at = NULL, roles = '{}', is_test = false,
     avatar_upload_id = NULL, avatar_store = NULL, updated_at = now()
   WHERE id = $1 RETURNING id`,
);
