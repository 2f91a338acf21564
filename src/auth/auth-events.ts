/** A session that was ended for its refresh token. */
export interface RefreshReuse {
  readonly sessionId: string;
}

declare module '../common/events' {
  interface EventMap {
    /** A refresh token was presented that had been used before: two hold it, and their session was ended. */
    'session.refresh-reused': RefreshReuse;
  }
}
