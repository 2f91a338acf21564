import { missingOf, neededFor, type StepName, STEPS } from '../../src/auth/registration/registration-steps';
import { openAccount } from './account-rules';
import { isLive, judge } from './code-rules';
import { Refusal } from './refusal';
import { LIFETIMES } from './settings';
import type { Registration, Session, State, User } from './state';

const EXPIRED = 'REGISTRATION_EXPIRED';

type Kept = NonNullable<Registration['kept']>;

const keptOf = (state: State, { kept }: Registration): Kept | undefined =>
  kept && state.now < kept.until ? kept : undefined;

function prolong(state: State, kept: Kept): void {
  kept.until = Math.min(state.now + LIFETIMES.registration, kept.latest);
}

/** Steps that are done; nothing once it is over. Before the code was presented there is only its verification. */
export function doneSteps(state: State, registration: Registration): ReadonlySet<StepName> | undefined {
  const kept = keptOf(state, registration);
  if (kept) return kept.done;
  return isLive(state, registration.verification) ? new Set() : undefined;
}

/** @param step undefined for the end */
export function unlessReady(
  state: State,
  registration: Registration,
  step: StepName | undefined,
): Refusal | undefined {
  const done = doneSteps(state, registration);
  if (!done) return new Refusal(EXPIRED);
  const missing = missingOf(neededFor(step, STEPS), done);
  return missing.length > 0 ? new Refusal('REGISTRATION_STEP_MISSING', { missing }) : undefined;
}

/** Done before, it is done, whatever code is presented. */
export function provePhone(state: State, registration: Registration, isRight: boolean): Refusal | undefined {
  if (keptOf(state, registration)) return undefined;
  const refusal = judge(state, registration.verification, ['register'], isRight);
  if (refusal) return refusal.code === 'VERIFICATION_UNKNOWN' ? new Refusal(EXPIRED) : refusal;
  const latest = registration.verification.expiresAt + LIFETIMES.registrationMost;
  registration.kept = { done: new Set(['phone']), latest, until: state.now };
  prolong(state, registration.kept);
  return undefined;
}

export function takeStep(
  state: State,
  registration: Registration,
  given: { password: string } | { nickname: string },
): Refusal | undefined {
  const step = 'password' in given ? 'password' : 'profile';
  const refusal = unlessReady(state, registration, step);
  if (refusal) return refusal;
  const kept = keptOf(state, registration)!;
  kept.done.add(step);
  if ('password' in given) kept.password = given.password;
  prolong(state, kept);
  return undefined;
}

/** @returns the session of a new account, or the user that it became before */
export function complete(
  state: State,
  registration: Registration,
): Refusal | { session: Session } | { user: User } {
  const refusal = unlessReady(state, registration, undefined);
  if (refusal) return refusal.code === EXPIRED ? completedBefore(state, registration, refusal) : refusal;
  const { password } = keptOf(state, registration)!;
  const opened = openAccount(state, registration.verification, { password, registration });
  if (opened instanceof Refusal && opened.code === 'PHONE_TAKEN') return opened;
  const completed =
    opened instanceof Refusal ? completedBefore(state, registration, opened) : { session: opened };
  if (!(completed instanceof Refusal)) registration.kept = undefined;
  return completed;
}

function completedBefore(state: State, registration: Registration, otherwise: Refusal) {
  const user = state.users.find((each) => each.registration === registration);
  return user && state.now < user.registeredAt + LIFETIMES.completed ? { user } : otherwise;
}
