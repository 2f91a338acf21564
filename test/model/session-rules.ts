import { Refusal } from './refusal';
import { LIFETIMES } from './settings';
import type { AccessToken, Session, State, User } from './state';

export function openSession(state: State, user: User): Session {
  const { now } = state;
  const session = {
    user,
    refreshTokens: [],
    generation: 0,
    rotatedAt: now,
    idleUntil: now + LIFETIMES.idle,
    absoluteUntil: now + LIFETIMES.absolute,
    elevatedUntil: now,
    isEnded: false,
  };
  state.sessions.push(session);
  return session;
}

/** Expiry of the session is no matter: its last token is about to expire, too. */
export function isGoodToken(state: State, { session, expiresAt }: AccessToken): boolean {
  return !session.isEnded && state.now < expiresAt;
}

/** What every guarded call says to a token that is no good. */
export function unlessGood(state: State, token: AccessToken): Refusal | undefined {
  return isGoodToken(state, token) ? undefined : new Refusal('TOKEN_INVALID');
}

export function isUsable(state: State, { isEnded, idleUntil, absoluteUntil }: Session): boolean {
  return !isEnded && state.now < idleUntil && state.now < absoluteUntil;
}

export function isElevated(state: State, { elevatedUntil }: Session): boolean {
  return state.now < elevatedUntil;
}

/** @param generation of the token that is presented */
export function refresh(state: State, session: Session, generation: number): Refusal | Session {
  if (!isUsable(state, session)) return new Refusal('REFRESH_INVALID');
  if (generation === session.generation) {
    session.generation += 1;
    session.rotatedAt = state.now;
    session.idleUntil = Math.min(state.now + LIFETIMES.idle, session.absoluteUntil);
    return session;
  }
  const isPrevious = generation === session.generation - 1;
  if (isPrevious && state.now < session.rotatedAt + LIFETIMES.grace) return session;
  session.isEnded = true;
  return new Refusal('REFRESH_REUSED');
}

/** @param but the one that stays */
export function endSessions(state: State, user: User, but?: Session): void {
  for (const session of state.sessions) if (session.user === user && session !== but) session.isEnded = true;
}

export function endOne(caller: Session, session: Session): Refusal | undefined {
  if (session.user !== caller.user || session.isEnded) return new Refusal('NOT_FOUND');
  session.isEnded = true;
  return undefined;
}
