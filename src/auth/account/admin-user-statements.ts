import { PreparedStatement } from '../../database/prepared-statement';

/**
 * $1 user. Locks this one and all administrators, in one order: of two who take each other's role at once, the second
 * sees what the first has done.
 */
export const LOCK_WITH_ADMINS = new PreparedStatement<{ id: string; isAdmin: boolean }>(
  'auth.admin.lock-admins',
  `SELECT id, 'admin' = ANY (roles) AND status = 'active' AS "isAdmin" FROM users
   WHERE id = $1 OR ('admin' = ANY (roles) AND status = 'active') ORDER BY id FOR UPDATE`,
);

/** $1 user, $2 status. */
export const SET_STATUS = new PreparedStatement<{ id: string }>(
  'auth.admin.set-status',
  'UPDATE users SET status = $2, updated_at = now() WHERE id = $1 RETURNING id',
);

/** $1 user, $2 roles. */
export const SET_ROLES = new PreparedStatement<{ id: string }>(
  'auth.admin.set-roles',
  'UPDATE users SET roles = $2, updated_at = now() WHERE id = $1 RETURNING id',
);
