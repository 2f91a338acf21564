import type { VerifiedToken } from './access-token';

const KEPT_MS = 5_000;
const MOST = 5_000;

interface Verified {
  readonly token: VerifiedToken;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/**
 * Remembers for seconds which tokens were good: a client that makes ten calls in a row has its signature verified once.
 * Only the signature and the claims are remembered. Whether the session has ended, or the key, is asked every time.
 */
export class VerifiedTokens {
  private readonly tokens = new Map<string, Verified>();

  /** @param now milliseconds since the epoch, for tests */
  constructor(private readonly now: () => number = Date.now) {}

  get(token: string): VerifiedToken | undefined {
    const verified = this.tokens.get(token);
    if (!verified) return undefined;
    if (verified.until > this.now()) return verified.token;
    this.tokens.delete(token);
    return undefined;
  }

  add(token: string, verified: VerifiedToken): void {
    // Oldest first: a map keeps the order of insertion.
    if (this.tokens.size >= MOST) this.tokens.delete(this.tokens.keys().next().value!);
    const until = Math.min(verified.expiresAt * 1_000, this.now() + KEPT_MS);
    this.tokens.set(token, { token: verified, until });
  }
}
