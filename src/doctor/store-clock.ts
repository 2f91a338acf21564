import { fail, type Finding, ok, warn } from './finding';

/** Signatures of S3 and of Qiniu hold for a quarter of an hour before and after. */
const FAIL_MS = 15 * 60_000;
const WARN_MS = 30_000;

/**
 * Asks a server for nothing, without credentials: whatever it answers has the time in it, in whole seconds.
 * @returns how far this machine is ahead, milliseconds; undefined when the server does not tell
 */
export async function askForSkew(origin: string, ms: number): Promise<number | undefined> {
  try {
    const askedAt = Date.now();
    const answer = await fetch(origin, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(ms),
    });
    const told = Date.parse(answer.headers.get('date') ?? '');
    return Number.isNaN(told) ? undefined : (askedAt + Date.now()) / 2 - (told + 500);
  } catch {
    return undefined;
  }
}

/** @param aheadMs how far this machine is ahead of the store */
export function judgeStoreClock(subject: string, aheadMs: number): Finding {
  if (Math.abs(aheadMs) <= WARN_MS) return ok(subject, 'agrees with the store’s');
  const side = aheadMs > 0 ? 'ahead of' : 'behind';
  const detail = `this machine is ${Math.round(Math.abs(aheadMs) / 1_000)} s ${side} the store`;
  const remedy = 'Let this machine follow a time server (NTP): the store refuses signatures of another time';
  return Math.abs(aheadMs) >= FAIL_MS ? fail(subject, detail, remedy) : warn(subject, detail, remedy);
}
