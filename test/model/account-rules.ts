import { buy, isGoodTicket, judge } from './code-rules';
import { Refusal } from './refusal';
import { endSessions, isElevated, openSession } from './session-rules';
import { LIFETIMES } from './settings';
import type { Registration, Session, State, Ticket, User, Verification } from './state';

interface NewAccount {
  readonly password?: string;
  readonly registration?: Registration;
}

function makeUser(state: State, phone: string, account: NewAccount = {}): User {
  const user = { phone, ...account, phoneSince: state.turn, registeredAt: state.now };
  state.users.push(user);
  return user;
}

/** What a register code buys once it is consumed. */
export function openAccount(
  state: State,
  verification: Verification,
  account: NewAccount,
): Refusal | Session {
  if (verification.hasBought) return new Refusal('VERIFICATION_USED');
  if (state.holderOf(verification.phone)) return new Refusal('PHONE_TAKEN');
  verification.hasBought = true;
  return openSession(state, makeUser(state, verification.phone, account));
}

export function registerByCode(
  state: State,
  verification: Verification,
  isRight: boolean,
  password: string | undefined,
): Refusal | Session {
  return judge(state, verification, ['register'], isRight) ?? openAccount(state, verification, { password });
}

export function registerByTicket(
  state: State,
  ticket: Ticket,
  password: string | undefined,
): Refusal | Session {
  if (!isGoodTicket(state, ticket, 'register')) return new Refusal('TICKET_INVALID');
  const { phone } = ticket.verification;
  if (state.holderOf(phone)) return new Refusal('PHONE_TAKEN');
  ticket.isUsed = true;
  return openSession(state, makeUser(state, phone, { password }));
}

export function logInByCode(
  state: State,
  verification: Verification,
  isRight: boolean,
  createUser: boolean,
): Refusal | Session {
  const refusal = judge(state, verification, ['login'], isRight) ?? buy(verification);
  if (refusal) return refusal;
  const { phone } = verification;
  const user = state.holderOf(phone) ?? (createUser ? makeUser(state, phone) : undefined);
  return user ? openSession(state, user) : new Refusal('ACCOUNT_NOT_FOUND');
}

export function logInByPassword(state: State, phone: string, password: string): Refusal | Session {
  const user = state.holderOf(phone);
  return user?.password === password ? openSession(state, user) : new Refusal('LOGIN_FAILED');
}

export function stepUpByPassword(state: State, session: Session, password: string): Refusal | undefined {
  if (session.user.password !== password) return new Refusal('LOGIN_FAILED');
  session.elevatedUntil = state.now + LIFETIMES.stepUp;
  return undefined;
}

export function stepUpByCode(
  state: State,
  session: Session,
  verification: Verification,
  isRight: boolean,
): Refusal | undefined {
  const refusal =
    judge(state, verification, ['step_up', 'delete_account'], isRight) ??
    stepUpBy(verification, session.user);
  if (refusal) return refusal;
  session.elevatedUntil = state.now + LIFETIMES.stepUp;
  return undefined;
}

function stepUpBy(verification: Verification, user: User): Refusal | undefined {
  if (verification.asker !== user || verification.phone !== user.phone) {
    // What bought nothing may be presented again.
    verification.isConsumed = false;
    return new Refusal('CODE_MISMATCH');
  }
  return buy(verification);
}

export function changePhone(state: State, session: Session, ticket: Ticket): Refusal | undefined {
  const { user } = session;
  const { phone, asker } = ticket.verification;
  if (!isElevated(state, session)) return new Refusal('STEP_UP_REQUIRED');
  if (!isGoodTicket(state, ticket, 'change_phone') || asker !== user) return new Refusal('TICKET_INVALID');
  const holder = state.holderOf(phone);
  if (holder && holder !== user) return new Refusal('PHONE_TAKEN');
  ticket.isUsed = true;
  if (holder === user) return undefined;
  user.phone = phone;
  user.phoneSince = state.turn;
  endSessions(state, user, session);
  return undefined;
}

/** @param current undefined where a step-up is to do */
export function changePassword(
  state: State,
  session: Session,
  current: string | undefined,
  next: string,
): Refusal | undefined {
  const { user } = session;
  if (current === undefined && !isElevated(state, session)) return new Refusal('STEP_UP_REQUIRED');
  if (current !== undefined && current !== user.password) return new Refusal('LOGIN_FAILED');
  user.password = next;
  endSessions(state, user, session);
  return undefined;
}

/** A number that became another's after it was proven resets nothing of theirs. */
export function resettable(state: State, ticket: Ticket): User | undefined {
  if (!isGoodTicket(state, ticket, 'reset_password')) return undefined;
  const user = state.holderOf(ticket.verification.phone);
  return user && user.phoneSince <= ticket.since ? user : undefined;
}

export function resetPassword(state: State, ticket: Ticket, next: string): Refusal | undefined {
  const user = resettable(state, ticket);
  if (!user) return new Refusal('TICKET_INVALID');
  ticket.isUsed = true;
  user.password = next;
  endSessions(state, user);
  return undefined;
}

export function deleteAccount(state: State, session: Session): Refusal | undefined {
  if (!isElevated(state, session)) return new Refusal('STEP_UP_REQUIRED');
  const { user } = session;
  endSessions(state, user);
  user.phone = undefined;
  user.password = undefined;
  user.registration = undefined;
  return undefined;
}
