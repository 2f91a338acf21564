import type { VerifiedToken } from './access-token';

/** A session, the earlier generations of a user's tokens, or a key: all tokens of it are no good any more. */
export type Ended =
  | { readonly kind: 'session'; readonly sessionId: string }
  | { readonly kind: 'generation'; readonly userId: string; readonly first: number }
  | { readonly kind: 'key'; readonly kid: string };

/** Something that ended, and how long there may still be tokens of it, milliseconds. */
export interface Ending {
  readonly ended: Ended;
  readonly leftMs: number;
}

/** As it stands in stores: `s:<session>`, `g:<user>:<first good generation>`, `k:<key>`. */
export function nameOf(ended: Ended): string {
  switch (ended.kind) {
    case 'session':
      return `s:${ended.sessionId}`;
    case 'generation':
      return `g:${ended.userId}:${ended.first}`;
    case 'key':
      return `k:${ended.kid}`;
  }
}

/** @returns undefined for a name of a kind that a later version may have */
export function readEnded(name: string): Ended | undefined {
  const [, kind, id, first] = /^([sgk]):([\w-]{1,64})(?::(\d{1,10}))?$/.exec(name) ?? [];
  if (kind === 's') return { kind: 'session', sessionId: id };
  if (kind === 'k') return { kind: 'key', kid: id };
  if (kind === 'g' && first !== undefined) return { kind: 'generation', userId: id, first: Number(first) };
  return undefined;
}

interface Generation {
  readonly first: number;
  readonly until: number;
}

/** What ended while access tokens of it may still be about, in memory: a guard asks no store. */
export class EndedTokens {
  private readonly sessions = new Map<string, number>();
  private readonly generations = new Map<string, Generation>();
  private readonly keys = new Map<string, number>();

  /**
   * @param onKey is told when a key has ended
   * @param now milliseconds on a clock that nobody sets, for tests
   */
  constructor(
    private readonly onKey: () => void = () => undefined,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns whether it is news */
  add({ ended, leftMs }: Ending): boolean {
    const until = this.now() + leftMs;
    switch (ended.kind) {
      case 'session':
        return keepLonger(this.sessions, ended.sessionId, until);
      case 'key': {
        const isNews = keepLonger(this.keys, ended.kid, until);
        if (isNews) this.onKey();
        return isNews;
      }
      case 'generation': {
        const known = this.generations.get(ended.userId);
        if (known && known.first > ended.first) return false;
        const isNews = known?.first !== ended.first;
        this.generations.set(ended.userId, {
          first: ended.first,
          until: Math.max(until, known?.until ?? 0),
        });
        return isNews;
      }
    }
  }

  /** Whether a token's session, generation or key has ended. */
  concern({ user, generation, keyId }: VerifiedToken): boolean {
    if (this.sessions.has(user.sessionId) || this.keys.has(keyId)) return true;
    return generation < (this.generations.get(user.userId)?.first ?? 0);
  }

  all(): Ending[] {
    const now = this.now();
    return [
      ...[...this.sessions].map(([sessionId, until]) => ({
        ended: { kind: 'session', sessionId } as const,
        leftMs: until - now,
      })),
      ...[...this.generations].map(([userId, { first, until }]) => ({
        ended: { kind: 'generation', userId, first } as const,
        leftMs: until - now,
      })),
      ...[...this.keys].map(([kid, until]) => ({
        ended: { kind: 'key', kid } as const,
        leftMs: until - now,
      })),
    ].filter(({ leftMs }) => leftMs > 0);
  }

  /** Forgets what no token is left of. */
  forgetExpired(): void {
    const now = this.now();
    for (const [id, until] of this.sessions) if (until <= now) this.sessions.delete(id);
    for (const [id, { until }] of this.generations) if (until <= now) this.generations.delete(id);
    for (const [kid, until] of this.keys) if (until <= now) this.keys.delete(kid);
  }
}

function keepLonger(ends: Map<string, number>, id: string, until: number): boolean {
  const known = ends.get(id);
  if (known === undefined || known < until) ends.set(id, until);
  return known === undefined;
}
