/** One limit that a request counts against. */
export interface QuotaState {
  /** Policy name; holds nothing about the caller. */
  readonly name: string;
  readonly quota: number;
  readonly windowMs: number;
  readonly used: number;
  /** Until there is more quota. */
  readonly leftMs: number;
}

/** `RateLimit` and `RateLimit-Policy` as in draft-ietf-httpapi-ratelimit-headers-10; a limit of 0 is not told. */
export function rateLimitHeaders(states: readonly QuotaState[]): Record<string, string> {
  const limits = states.filter(({ quota }) => quota > 0);
  if (limits.length === 0) return {};
  return {
    'RateLimit-Policy': limits
      .map(({ name, quota, windowMs }) => `"${name}";q=${quota};w=${windowMs / 1_000}`)
      .join(', '),
    RateLimit: limits
      .map(
        ({ name, quota, used, leftMs }) =>
          `"${name}";r=${Math.max(0, quota - used)};t=${wholeSeconds(leftMs)}`,
      )
      .join(', '),
  };
}

/** Rounded up: a client that waits as long as it was told must find the door open. */
export function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}
