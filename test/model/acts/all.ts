import fc from 'fast-check';
import type { State } from '../state';
import type { World } from '../world';
import * as accounts from './accounts';
import * as changes from './changes';
import * as codes from './codes';
import * as registrations from './registrations';
import * as sessions from './sessions';
import * as surroundings from './surroundings';

type AnAct = fc.Arbitrary<fc.AsyncCommand<State, World>>;

/** How often what is tried. Much can't be done at most times, and is tried often so that it is done at all. */
const WEIGHTS: readonly [weight: number, act: AnAct][] = [
  [12, codes.startVerification],
  [8, codes.checkCode],
  [14, codes.getTicket],
  [2, codes.cancelVerification],
  [4, accounts.newcomer],
  [8, accounts.registerWithCode],
  [10, accounts.registerWithTicket],
  [10, accounts.logInWithCode],
  [10, accounts.logInWithPassword],
  [14, changes.stepUpWithPassword],
  [12, changes.stepUpWithCode],
  [40, changes.changeNumber],
  [6, changes.changeOwnPassword],
  [16, changes.resetOwnPassword],
  [4, changes.deleteOwnAccount],
  [20, sessions.refreshSession],
  [4, sessions.whoAmI],
  [2, sessions.whoIsAnybody],
  [2, sessions.listSessions],
  [3, sessions.logOut],
  [3, sessions.endOtherSessions],
  [2, sessions.endSession],
  [2, registrations.startRegistration],
  [2, registrations.prepareRegistration],
  [14, registrations.provePhoneStep],
  [14, registrations.passwordStep],
  [14, registrations.profileStep],
  [14, registrations.completeRegistration],
  [12, surroundings.passTime],
  // Takes the longest.
  [1, surroundings.restart],
  [2, surroundings.flushRedis],
  [2, surroundings.failOver],
];

export const anyAct: AnAct = fc.oneof(...WEIGHTS.map(([weight, arbitrary]) => ({ weight, arbitrary })));
