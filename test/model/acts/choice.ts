import fc from 'fast-check';
import type { Purpose } from '../../../src/verification/purpose';
import { isGoodTicket, isLive } from '../code-rules';
import { isGoodToken } from '../session-rules';
import { PHONES } from '../settings';
import type { AccessToken, State, Ticket, Verification } from '../state';

/** Which one of several: one that will do, one that won't, or one of another kind; 0 is the latest. */
export interface Choice {
  readonly aim: 'good' | 'bad' | 'other';
  readonly back: number;
}

export const aChoice: fc.Arbitrary<Choice> = fc.record({
  aim: fc.constantFrom('good', 'good', 'good', 'good', 'bad', 'bad', 'other'),
  back: fc.constantFrom(0, 0, 0, 1, 2, 3),
});

export const anInstance = fc.constantFrom(0, 1);
export const mostly = fc.constantFrom(true, true, true, false);
export const aPhone = fc.nat(PHONES - 1);

/** @param isKin what both the good and the bad are: of the right purpose, say */
export function chosen<Thing>(
  all: readonly Thing[],
  isKin: (thing: Thing) => boolean,
  isGood: (thing: Thing) => boolean,
  { aim, back }: Choice,
): Thing | undefined {
  const among = all.filter((each) =>
    aim === 'other' ? !isKin(each) : isKin(each) && isGood(each) === (aim === 'good'),
  );
  return among.length > 0 ? among[among.length - 1 - (back % among.length)] : undefined;
}

export const anything = (): boolean => true;

/**
 * Somebody who is signed in, or was.
 * @param isGood what else makes a token good
 */
export function chosenToken(
  state: State,
  who: Choice,
  isGood?: (token: AccessToken) => boolean,
): AccessToken | undefined {
  const isAlive = (token: AccessToken) => isGoodToken(state, token);
  return isGood
    ? chosen(state.accessTokens, isAlive, isGood, who)
    : chosen(state.accessTokens, anything, isAlive, who);
}

export function chosenTicket(
  state: State,
  purpose: Purpose,
  what: Choice,
  isGood = (ticket: Ticket) => isGoodTicket(state, ticket, purpose),
): Ticket | undefined {
  return chosen(state.tickets, ({ verification }) => verification.purpose === purpose, isGood, what);
}

/** A code of these purposes. */
export function chosenCode(
  state: State,
  purposes: readonly Purpose[],
  what: Choice,
): Verification | undefined {
  const isKin = ({ purpose }: Verification) => purposes.includes(purpose);
  const isGood = (each: Verification) => isLive(state, each) && !each.isDecoy;
  return chosen(state.verifications, isKin, isGood, what);
}
