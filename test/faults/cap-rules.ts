import type { MessageEntry, RequestEntry, Terms, Violation } from './ledger';
import { groupBy } from './group-by';
import { lineOf } from './ledger-line';
import { acceptedSends, extraMessages, type Stories, type Story } from './stories';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Refusals that concern the number stay counted; whatever else was refused or expired is given back. */
const STAYS_COUNTED = ['L', 'C', 'K'];

/** P4: cool-down, hour and day of every number, in every window. */
export function phoneCaps({ stories }: Stories, terms: Terms): Violation[] {
  return [...groupBy(stories, ({ phone }) => phone)].flatMap(([, ofPhone]) => {
    const stored = ofPhone.flatMap(({ messages }) => messages).filter(isCounted);
    const admitted = ofPhone
      .filter((story) => !terms.storesRefused || hasNoGhost(story))
      .flatMap(({ messages }) => messages)
      .filter((message) => isCounted(message) && isAskedFor(message));
    const eras = byEra(admitted, ({ admittedAt }) => admittedAt, terms.forgottenAt);
    return [
      ...eras.flatMap((era) => tooSoon(era, terms.cooldownMs)),
      ...eras.flatMap((era) =>
        tooMany('hour', era, ({ admittedAt }) => admittedAt, HOUR_MS, terms.hourLimit),
      ),
      ...tooMany('day', stored, ({ createdAt }) => createdAt, DAY_MS, terms.dayLimit),
      ...tooMany(
        'gateway-day',
        ofPhone.flatMap(({ taken }) => taken),
        ({ at }) => at,
        DAY_MS,
        terms.dayLimit && terms.dayLimit + sum(ofPhone.map(extraMessages)),
      ),
    ];
  });
}

/** P4: accepted sends of every address. */
export function addressCaps({ stories }: Stories, terms: Terms): Violation[] {
  const sends = stories.flatMap(acceptedSends);
  return [...groupBy(sends, ({ address }) => address)].flatMap(([, ofAddress]) =>
    byEra(ofAddress, sentAt, terms.forgottenAt).flatMap((era) =>
      tooMany('address', era, sentAt, HOUR_MS, terms.addressLimit),
    ),
  );
}

/** P4: a segment gets as many messages as its limit, and two more for each that was proved to have arrived. */
export function segmentCaps({ stories }: Stories, terms: Terms): Violation[] {
  return [...groupBy(stories, ({ phone }) => phone.slice(0, 10))].flatMap(([, ofSegment]) => {
    const proved = ofSegment.filter(({ requests }) => requests.some(isPurchase)).length;
    const admitted = ofSegment
      .filter((story) => !terms.storesRefused || hasNoGhost(story))
      .flatMap(({ messages }) => messages)
      .filter((message) => isCounted(message) && isAskedFor(message));
    const limit = terms.segmentLimit && terms.segmentLimit + 2 * proved;
    return byEra(admitted, ({ admittedAt }) => admittedAt, terms.forgottenAt).flatMap((era) =>
      tooMany('segment', era, ({ admittedAt }) => admittedAt, HOUR_MS, limit),
    );
  });
}

/** P4: the budget of the run, whoever sent. */
export function budgetCap({ stories }: Stories, terms: Terms): Violation[] {
  const messages = stories.flatMap((story) => story.messages).filter(isCounted);
  const taken = stories.flatMap((story) => story.taken);
  const limit = terms.budget && terms.budget + sum(stories.map(extraMessages));
  return [
    ...tooMany('budget', messages, ({ createdAt }) => createdAt, DAY_MS, terms.budget),
    ...tooMany('gateway-budget', taken, ({ at }) => at, DAY_MS, limit),
  ];
}

export const isPurchase = ({ kind, status }: RequestEntry) =>
  (kind === 'check' || kind === 'login') && status >= 200 && status < 300;

function isCounted({ state, refusal }: MessageEntry): boolean {
  if (state === 'expired') return false;
  return state !== 'refused' || STAYS_COUNTED.includes(refusal ?? '');
}

/** What replaces an undelivered message is bound by the day's cap and the budget only. */
const isAskedFor = ({ reroutedFrom }: MessageEntry) => reroutedFrom === null;

/** Every row of the outbox was promised to somebody. */
function hasNoGhost(story: Story): boolean {
  return acceptedSends(story).length >= story.messages.filter(isAskedFor).length;
}

const sentAt = ({ at, ms }: RequestEntry) => at + ms;

function tooSoon(messages: readonly MessageEntry[], cooldownMs: number): Violation[] {
  const inOrder = [...messages].sort((one, other) => one.admittedAt - other.admittedAt);
  return inOrder.slice(1).flatMap((message, index) => {
    const before = inOrder[index];
    const waited = message.admittedAt - before.admittedAt;
    if (waited >= cooldownMs) return [];
    return [
      {
        rule: 'cool-down',
        what: `${waited} ms instead of ${cooldownMs}`,
        lines: [before, message].map(lineOf),
      },
    ];
  });
}

/** Looks at every window that ends with an entry: a fuller one would end with an entry too. */
function tooMany<Entry extends object>(
  rule: string,
  entries: readonly Entry[],
  timeOf: (entry: Entry) => number,
  windowMs: number,
  limit: number,
): Violation[] {
  if (limit === 0) return [];
  const inOrder = [...entries].sort((one, other) => timeOf(one) - timeOf(other));
  for (let last = limit; last < inOrder.length; last += 1) {
    if (timeOf(inOrder[last]) - timeOf(inOrder[last - limit]) >= windowMs) continue;
    const lines = inOrder.slice(last - limit, last + 1).map(lineOf);
    return [{ rule, what: `more than ${limit} in ${windowMs / 1_000} s`, lines }];
  }
  return [];
}

function byEra<Entry>(
  entries: readonly Entry[],
  timeOf: (entry: Entry) => number,
  forgottenAt: readonly number[],
): Entry[][] {
  const eraOf = (entry: Entry) => forgottenAt.filter((at) => at <= timeOf(entry)).length;
  return [...groupBy(entries, eraOf).values()];
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
