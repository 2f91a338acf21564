/** What a role may be called. */
export const ROLE = /^[a-z][a-z0-9_-]{0,31}$/;

/** Roles that there always are. What `admin` may do is `/v1/admin`; what others may do, a host says with `@Roles()`. */
export const BUILT_IN_ROLES = ['user', 'admin'] as const;

export const ADMIN = 'admin';
