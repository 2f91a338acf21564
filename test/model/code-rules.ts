import type { Purpose } from '../../src/verification/purpose';
import { Refusal } from './refusal';
import { CODE_ATTEMPTS, LIFETIMES } from './settings';
import type { State, Ticket, User, Verification } from './state';

const OWN_NUMBER: readonly Purpose[] = ['step_up', 'delete_account'];

export function start(
  state: State,
  purpose: Purpose,
  phone: string,
  asker: User | undefined,
): Refusal | Omit<Verification, 'id' | 'code'> {
  if (OWN_NUMBER.includes(purpose) && asker?.phone !== phone) return new Refusal('VALIDATION_FAILED');
  return {
    phone,
    purpose,
    asker,
    isDecoy: purpose === 'reset_password' && !state.holderOf(phone),
    expiresAt: state.now + LIFETIMES.code,
    attempts: 0,
    isConsumed: false,
    hasBought: false,
    isGone: false,
  };
}

export function isLive(state: State, { isGone, isConsumed, attempts, expiresAt }: Verification): boolean {
  return !isGone && !isConsumed && attempts < CODE_ATTEMPTS && state.now < expiresAt;
}

/**
 * Judges a code that is presented, and counts it.
 * @returns nothing when it is right, and consumed
 */
export function judge(
  state: State,
  verification: Verification,
  purposes: readonly Purpose[] | 'any',
  isRight: boolean,
): Refusal | undefined {
  const { expiresAt, purpose } = verification;
  if (verification.isGone || state.now >= expiresAt + LIFETIMES.record)
    return new Refusal('VERIFICATION_UNKNOWN');
  if (verification.isConsumed) return new Refusal('VERIFICATION_USED');
  if (verification.attempts >= CODE_ATTEMPTS) return new Refusal('VERIFICATION_EXHAUSTED');
  if (state.now >= expiresAt) return new Refusal('VERIFICATION_EXPIRED');
  const isForThis = purposes === 'any' || purposes.includes(purpose);
  if (isForThis) verification.attempts += 1;
  if (!isForThis || !isRight || verification.isDecoy)
    return new Refusal('CODE_MISMATCH', { attemptsRemaining: CODE_ATTEMPTS - verification.attempts });
  verification.isConsumed = true;
  return undefined;
}

/** What was consumed buys once, whatever Redis remembers. */
export function buy(verification: Verification): Refusal | undefined {
  if (verification.hasBought) return new Refusal('VERIFICATION_USED');
  verification.hasBought = true;
  return undefined;
}

export function exchange(state: State, verification: Verification, isRight: boolean): Refusal | Ticket {
  const refusal = judge(state, verification, 'any', isRight) ?? buy(verification);
  if (refusal) return refusal;
  const ticket = { verification, since: state.turn, expiresAt: state.now + LIFETIMES.ticket, isUsed: false };
  state.tickets.push(ticket);
  return ticket;
}

export function isGoodTicket(state: State, ticket: Ticket, purpose: Purpose): boolean {
  return ticket.verification.purpose === purpose && !ticket.isUsed && state.now < ticket.expiresAt;
}

export function cancel(state: State, verification: Verification): Refusal | undefined {
  if (!isLive(state, verification)) return new Refusal('NOT_FOUND');
  verification.isGone = true;
  return undefined;
}
