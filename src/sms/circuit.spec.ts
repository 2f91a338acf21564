import { Circuit } from './circuit';
import type { SmsOutcome } from './sms-provider.interface';

const FAULT: SmsOutcome = { kind: 'unknown', reason: 'server-error' };
const PROBE_AFTER = 15_000;

describe('The wait for a circuit', () => {
  let circuit: Circuit;
  const fail = () => circuit.call(() => Promise.resolve(FAULT));
  const pass = (ms: number) => jest.setSystemTime(Date.now() + ms);

  beforeEach(async () => {
    jest.useFakeTimers();
    circuit = new Circuit({ faults: 2, probeAfterMs: PROBE_AFTER }, () => undefined);
    await fail();
    expect(circuit.waitMs).toBe(0);
    await fail();
  });
  afterEach(() => jest.useRealTimers());

  it('is the time until the next probe', () => {
    expect(circuit.waitMs).toBe(15_000);
    pass(4_200);
    expect(circuit.waitMs).toBe(10_800);
    pass(10_800);
    expect(circuit.waitMs).toBe(0);
  });

  it('is a moment while another call probes, and begins anew when that failed', async () => {
    pass(PROBE_AFTER);
    let answer = (_: SmsOutcome): void => undefined;
    const probe = circuit.call(() => new Promise((resolve) => (answer = resolve)));
    expect(circuit.waitMs).toBe(1_000);
    pass(3_000);
    expect(circuit.waitMs).toBe(1_000);
    answer(FAULT);
    await probe;
    expect(circuit.waitMs).toBe(15_000);
  });

  it('begins anew when the probe of another instance failed', () => {
    pass(9_000);
    circuit.hearOfProbe(false);
    expect(circuit.waitMs).toBe(15_000);
  });

  it('is never longer than that, though the clock is put back', () => {
    pass(-3_600_000);
    expect(circuit.waitMs).toBe(15_000);
  });
});
