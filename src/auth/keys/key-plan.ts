import type { SigningAlgorithm } from '../../tokens/key-set.interface';

// What becomes of signing keys, decided from their rows and the store's clock. Pure. All times in milliseconds.

/** Verifiers may keep the key set for that long, seconds. */
export const JWKS_MAX_AGE = 300;
/** Until every instance has noticed a new key, or has signed its last token with an old one, with room. Seconds. */
const NOTICE = 10;
/** By how much the clocks of verifiers may be behind. Seconds. */
const CLOCK_SKEW = 60;

export interface KeyRecord {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly createdAt: number;
  readonly signsFrom: number;
  readonly retiredAt: number | null;
  readonly revokedAt: number | null;
}

/**
 * next: published, waits until all verifiers know it. signing: what new tokens are signed with. verifying: another key
 * has taken over, tokens of this one are still about. retired: none is. revoked: none counts any more.
 */
export type KeyState = 'next' | 'signing' | 'verifying' | 'retired' | 'revoked';

export interface KeyPolicy {
  /** What new keys are for. */
  readonly alg: SigningAlgorithm;
  /** A key signs for this long; 0 = until somebody asks for another. */
  readonly rotationDays: number;
  /** Lifetime of tokens, seconds. */
  readonly tokenTtl: number;
}

/** What is to be done; empty when all is as it should be. */
export interface KeyPlan {
  /** A new key, and from when it signs. */
  readonly make?: { readonly signsFrom: number };
  /** A waiting key that has to sign at once. */
  readonly promote?: string;
  readonly retire: readonly string[];
}

export const isLive = ({ retiredAt, revokedAt }: KeyRecord): boolean => !retiredAt && !revokedAt;

/** When a key that is made now may sign: by then everybody has it. */
const publishedBy = (now: number): number => now + (JWKS_MAX_AGE + NOTICE) * 1_000;

/** Whether tokens were ever signed with a key: one may end while it waits. */
function hasBegun({ signsFrom, retiredAt, revokedAt }: KeyRecord, now: number): boolean {
  return signsFrom <= Math.min(now, retiredAt ?? Infinity, revokedAt ?? Infinity);
}

/**
 * The newest key that has begun signs. When that one has ended none does: an older one that still verifies must not come
 * back, since its end is near.
 */
export function signingKey(keys: readonly KeyRecord[], now: number): KeyRecord | undefined {
  const newest = newestOf(keys.filter((key) => hasBegun(key, now)));
  return newest && isLive(newest) ? newest : undefined;
}

export function stateOf(key: KeyRecord, keys: readonly KeyRecord[], now: number): KeyState {
  if (key.revokedAt) return 'revoked';
  if (key.retiredAt) return 'retired';
  if (key.signsFrom > now) return 'next';
  return signingKey(keys, now)?.kid === key.kid ? 'signing' : 'verifying';
}

/** What the passing of time asks for. @param isStart the algorithm is chosen at start, so that only a start changes it */
export function duePlan(
  keys: readonly KeyRecord[],
  now: number,
  policy: KeyPolicy,
  isStart: boolean,
): KeyPlan {
  const waiting = waitingKeys(keys, now);
  const retire = keys.filter((key) => isLive(key) && now >= lastExpiry(key, keys, policy)).map(kidOf);
  const signing = signingKey(keys, now);
  if (!signing) {
    const next = waiting[0];
    return next ? { promote: next.kid, retire } : { make: { signsFrom: now }, retire };
  }
  const newest = newestOf(waiting) ?? signing;
  const isOld = policy.rotationDays > 0 && newest.signsFrom + policy.rotationDays * 86_400_000 <= now;
  const isOtherKind = isStart && newest.alg !== policy.alg;
  return isOld || isOtherKind ? withNext(keys, now, retire) : { retire };
}

/** A new key on demand; it takes the place of one that waits. */
export function rotationPlan(keys: readonly KeyRecord[], now: number): KeyPlan {
  return signingKey(keys, now) ? withNext(keys, now, []) : { make: { signsFrom: now }, retire: [] };
}

export const isEmpty = ({ make, promote, retire }: KeyPlan): boolean =>
  !make && !promote && retire.length === 0;

function withNext(keys: readonly KeyRecord[], now: number, retire: readonly string[]): KeyPlan {
  return {
    make: { signsFrom: publishedBy(now) },
    retire: [...retire, ...waitingKeys(keys, now).map(kidOf)],
  };
}

/** When the last token of a key has expired; never while no other has taken over. */
function lastExpiry(key: KeyRecord, keys: readonly KeyRecord[], { tokenTtl }: KeyPolicy): number {
  const successors = keys.filter(
    (other) => other.signsFrom > key.signsFrom && hasBegun(other, Number.POSITIVE_INFINITY),
  );
  const takenOver = Math.min(...successors.map(({ signsFrom }) => signsFrom));
  return takenOver + (tokenTtl + CLOCK_SKEW + NOTICE) * 1_000;
}

/** First to sign first. */
function waitingKeys(keys: readonly KeyRecord[], now: number): KeyRecord[] {
  return keys
    .filter((key) => isLive(key) && key.signsFrom > now)
    .sort((one, other) => one.signsFrom - other.signsFrom);
}

function newestOf(keys: readonly KeyRecord[]): KeyRecord | undefined {
  return [...keys].sort(
    (one, other) => other.signsFrom - one.signsFrom || other.createdAt - one.createdAt,
  )[0];
}

const kidOf = ({ kid }: KeyRecord): string => kid;
