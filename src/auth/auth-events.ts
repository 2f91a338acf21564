/** A session that was ended for its refresh token. */
export interface RefreshReuse {
  readonly sessionId: string;
}

/** An account that something was done with, by its owner or an operator. */
export interface UserChange {
  readonly userId: string;
}

export interface UserDeletion extends UserChange {
  /** RFC 3339: until then an operator can restore the account; then it is erased for good. */
  readonly erasedAt: string;
}

export interface UserStatusChange extends UserChange {
  /** Id of the operator who did it. */
  readonly by: string;
}

export interface UserRolesChange extends UserStatusChange {
  /** The roles that the user has now. */
  readonly roles: readonly string[];
}

declare module '../common/events' {
  interface EventMap {
    /** A refresh token was presented that had been used before: two hold it, and their session was ended. */
    'session.refresh-reused': RefreshReuse;
    /** The account has another number, and all its other sessions were ended. */
    'user.phone-changed': UserChange;
    'user.password-changed': UserChange;
    /** A new password by a code instead of the old one; all sessions were ended. */
    'user.password-reset': UserChange;
    /** Its number, user name and address are free again at once; what it held is kept for the hold period. */
    'user.deleted': UserDeletion;
    /** The hold period is over and nothing is left but the id: what others keep for this user is to go now. */
    'user.erased': UserChange;
    /** An operator undid a deletion within the hold period. */
    'user.restored': UserStatusChange;
    'user.disabled': UserStatusChange;
    'user.enabled': UserStatusChange;
    'user.roles-changed': UserRolesChange;
  }
}
