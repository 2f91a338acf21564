import type { State } from './state';

/** Redis is empty: what was under way is gone, and what was spent stays spent. */
export function forgetAll(state: State): void {
  for (const verification of state.verifications) verification.isGone = true;
  for (const registration of state.registrations) registration.kept = undefined;
}

/** Redis is what a replica knew that had not heard of the codes that were consumed. */
export function forgetConsumption(state: State): void {
  for (const verification of state.verifications) verification.isConsumed = false;
  for (const registration of state.registrations) registration.kept = undefined;
}
