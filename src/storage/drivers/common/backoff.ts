import { setTimeout as sleep } from 'node:timers/promises';

import type { Deadline } from './deadline';

/** Waits before a call is made again. Jitter: those who were refused together do not come back together. */
export async function backOff(ms: number, deadline: Deadline): Promise<void> {
  await sleep(ms * (0.5 + Math.random()), undefined, { signal: deadline.signal }).catch(() => {
    throw deadline.fault as Error;
  });
}
