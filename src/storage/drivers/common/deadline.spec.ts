import { setTimeout as sleep } from 'node:timers/promises';

import { backOff } from './backoff';
import { Deadline } from './deadline';

const never = () => new Promise<never>(() => undefined);

describe('Deadline', () => {
  it('ends what takes too long', async () => {
    const deadline = new Deadline(10);
    await expect(deadline.race(never())).rejects.toMatchObject({ fault: 'unavailable' });
    expect(deadline.fault?.message).toContain('10 ms');
    await expect(deadline.race(Promise.reject(new Error('later')))).rejects.toBe(deadline.fault);
    deadline.end();
  });

  it('ends when the caller gives up, whatever the reason is called', async () => {
    const abort = new AbortController();
    const deadline = new Deadline(60_000, abort.signal);
    const waiting = deadline.race(never());
    const pausing = backOff(60_000, deadline);
    abort.abort('no reason');
    await expect(waiting).rejects.toMatchObject({ fault: 'aborted' });
    await expect(pausing).rejects.toMatchObject({ fault: 'aborted' });
    deadline.end();
  });

  it('has ended when the caller gave up before', () => {
    const deadline = new Deadline(60_000, AbortSignal.abort());
    expect(deadline.fault?.fault).toBe('aborted');
    deadline.end();
  });

  it('within another one tells what that one says', () => {
    const abort = new AbortController();
    const outer = new Deadline(60_000, abort.signal);
    const inner = new Deadline(60_000, outer.signal);
    abort.abort();
    expect(inner.fault).toBe(outer.fault);
    for (const deadline of [inner, outer]) deadline.end();
  });

  it('leaves alone what is over', async () => {
    const abort = new AbortController();
    const deadline = new Deadline(5, abort.signal);
    expect(await deadline.race(Promise.resolve('in time'))).toBe('in time');
    deadline.end();
    abort.abort();
    await sleep(15);
    expect(deadline.fault).toBeUndefined();
  });
});
