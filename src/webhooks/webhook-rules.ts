// What can be decided about webhooks from arguments alone.

/** Of each call of a gateway, and each upload that may never come, nobody wants to hear unless they say so. */
const CHATTY = /^(sms\.attempt\.|upload\.begun$)/;

/**
 * Whether an event is told.
 * @param patterns names, or prefixes that end in `.*`, or `*`; none means all but the chatty ones
 */
export function isWanted(name: string, patterns: readonly string[] = []): boolean {
  if (patterns.length === 0) return !CHATTY.test(name);
  return patterns.some(
    (pattern) =>
      pattern === name ||
      pattern === '*' ||
      (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1))),
  );
}

/** How a delivery is repeated. */
export interface Backoff {
  /** Before the second attempt, milliseconds. */
  readonly firstMs: number;
  /** Every further wait is that many times as long. */
  readonly factor: number;
  /** All attempts, the first included. */
  readonly attempts: number;
}

/** 5 s, 12.5 s, 31 s … 13 h: twelve attempts within 22 hours. */
export const BACKOFF: Backoff = { firstMs: 5_000, factor: 2.5, attempts: 12 };

/** A tenth more or less at random, so that what failed together does not come back together. */
const JITTER = 0.1;

/**
 * @param made attempts so far, at least 1
 * @param random 0 to 1
 * @returns milliseconds
 */
export function retryDelay(made: number, { firstMs, factor }: Backoff, random = Math.random()): number {
  return Math.round(firstMs * factor ** (made - 1) * (1 + JITTER * (2 * random - 1)));
}

/** `done`, `gone` (nobody wants it any more), or `failed`, which may become better. */
export function judgeAnswer(status: number): 'done' | 'gone' | 'failed' {
  if (status >= 200 && status < 300) return 'done';
  return status === 410 ? 'gone' : 'failed';
}
