import { setTimeout as sleep } from 'node:timers/promises';

/** No single call of the doctor takes longer, milliseconds. */
export const CALL_MS = 5_000;

/** Waits for work, and no longer. @param late what to say instead; the work itself is not stopped */
export async function within<T>(ms: number, work: Promise<T>, late: () => T): Promise<T> {
  const timer = new AbortController();
  const limit = sleep(ms, undefined, { signal: timer.signal }).then(late);
  // Lost races must not become unhandled rejections.
  limit.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    timer.abort();
  }
}
