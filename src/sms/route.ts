/** What routing knows of one gateway. */
export interface Candidate {
  readonly name: string;
  /** Undefined in a list without weights, which is tried in its order. */
  readonly weight?: number;
  /** false: its circuit is open, or an operator drained it. */
  readonly isAvailable: boolean;
  /** Sends of this purpose through this gateway lately: of the number's segment, and of all. */
  readonly segment?: Conversion;
  readonly overall?: Conversion;
}

/** How many of the messages sent were proved to have arrived, and how long that took. */
export interface Conversion {
  readonly sent: number;
  readonly approved: number;
  /** Milliseconds from request to proof, all approved together. */
  readonly approvedMs: number;
}

export interface Steering {
  /** Least and greatest factor on a configured weight. */
  readonly bounds: readonly [least: number, most: number];
  /** Exponent on the ratio of the rates: 0 ignores conversion, 1 follows it fully. */
  readonly damping: number;
}

export interface Hop {
  readonly provider: string;
  /** Why it stands where it stands, for operators. */
  readonly reason: string;
}

export const STEERING: Steering = { bounds: [0.5, 2], damping: 0.5 };

const NOTHING: Conversion = { sent: 0, approved: 0, approvedMs: 0 };
/** Sends that the wider view counts for: a narrow one outweighs it only with more of its own. */
const OVERALL_PRIOR = 50;
const SEGMENT_PRIOR = 20;
/** What a gateway is taken for that nobody knows yet. */
const UNKNOWN_RATE = 0.8;
const UNKNOWN_MS = 15_000;

/**
 * Puts the gateways into the order in which they are called for one message. Pure.
 * @param candidates in configured order, all of the message's channel
 * @param avoid gateways that a message about the same matter went through before: asked last
 * @param draw a number in [0, 1) for each position that is drawn by weight
 */
export function routeFor(
  candidates: readonly Candidate[],
  avoid: readonly string[],
  draw: () => number,
  steering = STEERING,
): Hop[] {
  const available = candidates.filter(({ isAvailable }) => isAvailable);
  const others = available.filter(({ name }) => !avoid.includes(name));
  const again = available.filter(({ name }) => avoid.includes(name));
  const rest = (reason: string) =>
    again.length > 0 && others.length > 0 ? `${reason}; another than before` : reason;
  return [
    ...ordered(others, draw, steering).map(({ provider, reason }) => ({ provider, reason: rest(reason) })),
    ...ordered(again, draw, steering).map(({ provider, reason }) => ({
      provider,
      reason:
        others.length > 0 ? `${reason}; went through it before, so last` : `${reason}; no other is there`,
    })),
  ];
}

function ordered(candidates: readonly Candidate[], draw: () => number, steering: Steering): Hop[] {
  const isWeighted = candidates.some(({ weight }) => weight !== undefined);
  if (!isWeighted) {
    return candidates.map(({ name }, place) => ({
      provider: name,
      reason: place === 0 ? 'first in order' : `number ${place + 1} in order`,
    }));
  }
  const hops: Hop[] = [];
  let left = weigh(candidates, steering);
  while (left.length > 0) {
    const total = left.reduce((sum, { effective }) => sum + effective, 0);
    const drawn = pick(left, draw() * total);
    hops.push({ provider: drawn.name, reason: `${drawn.reason} of ${round(total)}` });
    left = left.filter((candidate) => candidate !== drawn);
  }
  return hops;
}

function pick<Weighed extends { effective: number }>(candidates: readonly Weighed[], at: number): Weighed {
  let sum = 0;
  return candidates.find(({ effective }) => (sum += effective) > at) ?? candidates[candidates.length - 1];
}

/** Configured weight times what conversion says, within bounds. */
export function weigh(
  candidates: readonly Candidate[],
  { bounds: [least, most], damping }: Steering = STEERING,
): { name: string; effective: number; factor: number; reason: string }[] {
  const views = candidates.map((candidate) => ({ candidate, ...estimate(candidate) }));
  const mean = (pickOf: (view: (typeof views)[number]) => number) =>
    views.reduce((sum, view) => sum + pickOf(view), 0) / views.length;
  const [meanRate, meanMs] = [mean(({ rate }) => rate), mean(({ ms }) => ms)];
  return views.map(({ candidate: { name, weight = 1, segment = NOTHING }, rate, ms }) => {
    // Arriving counts for more than arriving soon.
    const raw = (rate / meanRate) ** (2 * damping) * (meanMs / ms) ** (damping / 2);
    const factor = Math.min(most, Math.max(least, raw));
    const known = segment.sent > 0 ? ` (${segment.approved}/${segment.sent} here)` : '';
    const effective = weight * factor;
    return {
      name,
      effective,
      factor,
      reason: `weight ${weight} x conversion ${round(factor)}${known} = ${round(effective)}`,
    };
  });
}

/** What little is known of a segment leans on what is known of all numbers. */
function estimate({ segment = NOTHING, overall = NOTHING }: Candidate): { rate: number; ms: number } {
  const wide = lean(overall, { rate: UNKNOWN_RATE, ms: UNKNOWN_MS }, OVERALL_PRIOR);
  return lean(segment, wide, SEGMENT_PRIOR);
}

function lean({ sent, approved, approvedMs }: Conversion, on: { rate: number; ms: number }, prior: number) {
  return {
    rate: Math.max(0.01, (approved + prior * on.rate) / (sent + prior)),
    ms: Math.max(100, (approvedMs + prior * on.ms) / (approved + prior)),
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;
