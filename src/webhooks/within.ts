import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for some work, but not longer than that many milliseconds; what it fails with is not told here. */
export async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  const timer = new AbortController();
  const late = sleep(ms, undefined, { signal: timer.signal });
  await Promise.race([work, late]).catch(() => undefined);
  timer.abort();
  await late.catch(() => undefined);
}
