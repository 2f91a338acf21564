import type { MessageState } from './message.entity';

/** A receipt, as far as its message is found by it. */
export interface ReceiptKeys {
  readonly provider: string;
  readonly provider_message_id: string | null;
  /** Our id, as the gateway echoed it. */
  readonly message_id: string | null;
  readonly phone_index: Buffer | null;
}

/** A message that a receipt may be about, with one of the calls made for it. */
export interface Candidate {
  readonly id: string;
  readonly state: MessageState;
  readonly phone_index: Buffer;
  /** Of the call; null while there was none. */
  readonly provider: string | null;
  readonly provider_message_id: string | null;
  readonly outcome: string | null;
}

/**
 * `early`: the call has not ended yet. `elsewhere`: the number that the receipt names is another one's.
 * `ambiguous`: several messages share the gateway's id, and the receipt names no number.
 */
export type Match =
  { readonly messageId: string } | { readonly waits: 'unmatched' | 'early' | 'elsewhere' | 'ambiguous' };

/** What a call is recorded under whose instance died before it said which gateway it called. */
const NOBODY_KNOWS = '?';
const UNDER_WAY: ReadonlySet<MessageState> = new Set<MessageState>(['queued', 'calling']);

/** Messages that receipts were matched to, with the gateway's id in these. */
export type SpokenFor = ReadonlyMap<string, string | null>;

/**
 * Finds the message that a receipt is about: by the gateway's id, else by our own id where the gateway echoes it, else,
 * for a call that never came back with an id, by its number.
 * @param candidates messages that share any of these with the receipt, oldest first
 */
export function matchReceipt(
  receipt: ReceiptKeys,
  candidates: readonly Candidate[],
  spokenFor: SpokenFor = new Map(),
): Match {
  return matchByName(receipt, candidates) ?? matchByNumber(receipt, candidates, spokenFor);
}

/**
 * Matches thousands at once: each is compared with what it shares something with, and not with all. Those that name
 * their message come first, and two that name nothing but one number are about two messages.
 */
export function matchReceipts(
  receipts: readonly ReceiptKeys[],
  candidates: readonly Candidate[],
  spokenForBefore: SpokenFor = new Map(),
): Match[] {
  const numbers = groupBy(candidates, ({ phone_index: index }) => index.toString('latin1'));
  const vendorIds = groupBy(candidates, ({ provider_message_id: id }) => id);
  const ids = groupBy(candidates, ({ id }) => id);
  const near = receipts.map((receipt) => [
    ...new Set([
      ...(numbers.get(receipt.phone_index?.toString('latin1') ?? null) ?? []),
      ...(vendorIds.get(receipt.provider_message_id) ?? []),
      ...(ids.get(receipt.message_id) ?? []),
    ]),
  ]);
  const named = receipts.map((receipt, index) => matchByName(receipt, near[index]));
  const spokenFor = new Map([...spokenForBefore, ...spokenForBy(receipts, named)]);
  return receipts.map((receipt, index) => {
    const match = named[index] ?? matchByNumber(receipt, near[index], spokenFor);
    if ('messageId' in match) spokenFor.set(match.messageId, receipt.provider_message_id);
    return match;
  });
}

/** The messages that these receipts were matched to. */
export function spokenForBy(
  receipts: readonly ReceiptKeys[],
  matches: readonly (Match | undefined)[],
): SpokenFor {
  return new Map(
    matches.flatMap((match, index) =>
      match && 'messageId' in match ? [[match.messageId, receipts[index].provider_message_id] as const] : [],
    ),
  );
}

function groupBy(
  candidates: readonly Candidate[],
  keyOf: (candidate: Candidate) => string | null,
): Map<string | null, Candidate[]> {
  const groups = new Map<string | null, Candidate[]>();
  for (const candidate of candidates) {
    const key = keyOf(candidate);
    if (key === null) continue;
    const group = groups.get(key);
    if (group) group.push(candidate);
    else groups.set(key, [candidate]);
  }
  return groups;
}

function isNamed(receipt: ReceiptKeys, candidate: Candidate): boolean {
  return (
    receipt.provider_message_id !== null &&
    candidate.provider_message_id === receipt.provider_message_id &&
    candidate.provider === receipt.provider
  );
}

/** A gateway can only speak of a message that it was called for. */
function isEchoed(receipt: ReceiptKeys, candidate: Candidate): boolean {
  if (receipt.message_id === null || candidate.id !== receipt.message_id) return false;
  return candidate.provider === null || wentThrough(receipt.provider, candidate);
}

function wentThrough(provider: string, candidate: Candidate): boolean {
  return candidate.provider === provider || candidate.provider === NOBODY_KNOWS;
}

function agrees({ phone_index: given }: ReceiptKeys, { phone_index: ours }: Candidate): boolean {
  return given === null || given.equals(ours);
}

function matchByName(receipt: ReceiptKeys, candidates: readonly Candidate[]): Match | undefined {
  const named = candidates.filter((candidate) => isNamed(receipt, candidate));
  const echoed = candidates.filter((candidate) => isEchoed(receipt, candidate));
  const found = named.length > 0 ? named : echoed;
  if (found.length === 0) return undefined;
  const sameNumber = found.filter((candidate) => agrees(receipt, candidate));
  if (sameNumber.length === 0) return { waits: 'elsewhere' };
  if (new Set(sameNumber.map(({ id }) => id)).size > 1) return { waits: 'ambiguous' };
  const [{ id, state }] = sameNumber;
  return UNDER_WAY.has(state) ? { waits: 'early' } : { messageId: id };
}

/**
 * A gateway took the message and the answer was lost: its id is news to us. If another message to the same number is
 * under way, the id may be that one's, which is known once the call has ended.
 */
function matchByNumber(receipt: ReceiptKeys, candidates: readonly Candidate[], spokenFor: SpokenFor): Match {
  if (receipt.phone_index === null) return { waits: 'unmatched' };
  const sameNumber = candidates.filter((candidate) => agrees(receipt, candidate));
  if (sameNumber.some(({ state }) => UNDER_WAY.has(state))) return { waits: 'early' };
  const lost = sameNumber.filter(
    (candidate) =>
      candidate.state === 'unknown' &&
      candidate.outcome === 'unknown' &&
      wentThrough(receipt.provider, candidate) &&
      [undefined, receipt.provider_message_id].includes(spokenFor.get(candidate.id)),
  );
  // The newest is the one that somebody is waiting for.
  const newest = lost.at(-1);
  return newest ? { messageId: newest.id } : { waits: 'unmatched' };
}
