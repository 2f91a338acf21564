/**
 * Where a service reads the time from, so that a test can move it.
 * Limits and expiry are decided by the store's own clock instead: the instances of a cluster may disagree.
 */
export interface Clock {
  /** @returns milliseconds since the Unix epoch */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
