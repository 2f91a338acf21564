import { parseExposition, valueOf } from '../../test/support/exposition';
import { Metrics } from './metrics';
import { outcomeOf, storageMetrics } from './storage-metrics';

describe('The outcome of a call', () => {
  it.each([
    [undefined, 'ok'],
    ['not-found', 'refused'],
    ['exists', 'refused'],
    ['too-large', 'refused'],
    ['aborted', 'aborted'],
    ['timeout', 'failed'],
    ['unavailable', 'failed'],
    ['throttled', 'failed'],
    ['denied', 'failed'],
    ['wrong-checksum', 'failed'],
    ['internal', 'failed'],
  ] as const)('with %s is %s', (fault, outcome) => {
    expect(outcomeOf(fault)).toBe(outcome);
  });
});

describe('A store that fails', () => {
  it('is seen by its name, what was asked of it, and why', async () => {
    const metrics = new Metrics();
    const measure = storageMetrics(metrics);
    const call = { store: 'avatars', operation: 'put', durationMs: 20_000 } as const;
    measure(call);
    measure({ ...call, fault: 'unavailable' });
    measure({ ...call, fault: 'exists' });
    const families = parseExposition(await metrics.text());
    const labels = { store: 'avatars', operation: 'put' };
    const count = (outcome: string) =>
      valueOf(families, 'storage_call_duration_seconds_count', { ...labels, outcome });
    expect(['ok', 'failed', 'refused', 'aborted'].map(count)).toEqual([1, 1, 1, undefined]);
    expect(valueOf(families, 'storage_call_failures_total', { ...labels, fault: 'unavailable' })).toBe(1);
    expect(families.get('storage_call_failures_total')?.samples).toHaveLength(1);
    expect(
      valueOf(families, 'storage_call_duration_seconds_bucket', { ...labels, outcome: 'ok', le: '30' }),
    ).toBe(1);
  });
});
