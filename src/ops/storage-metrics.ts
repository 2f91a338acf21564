import type { StoreCall, StoreCallFault } from '../storage/store-calls';
import type { Metrics } from './metrics';

type StoreOutcome = 'ok' | 'refused' | 'aborted' | 'failed';

/** What a store in good health answers, too. */
const REFUSALS: readonly StoreCallFault[] = [
  'not-found',
  'exists',
  'range',
  'too-large',
  'too-small',
  'wrong-type',
];

/** Measures calls of stores of objects. */
export function storageMetrics({ storageSeconds, storageFailures }: Metrics) {
  return ({ store, operation, durationMs, fault }: StoreCall): void => {
    const outcome = outcomeOf(fault);
    storageSeconds.observe({ store, operation, outcome }, durationMs / 1_000);
    if (fault && outcome === 'failed') storageFailures.inc({ store, operation, fault });
  };
}

/** `failed` says that something is wrong: with the store, the way to it, its settings, or our code. */
export function outcomeOf(fault: StoreCallFault | undefined): StoreOutcome {
  if (fault === undefined) return 'ok';
  if (fault === 'aborted') return 'aborted';
  return REFUSALS.includes(fault) ? 'refused' : 'failed';
}
