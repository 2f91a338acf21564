import { VENDORS } from '../support/gateways';
import type { MessageEntry, Violation } from './ledger';
import { groupBy } from './group-by';
import { lineOf } from './ledger-line';
import { acceptedSends, extraMessages, type Stories, type Story } from './stories';

const OPEN: ReadonlySet<MessageEntry['state']> = new Set(['queued', 'calling']);
const REPORTED: ReadonlySet<MessageEntry['state']> = new Set(['delivered', 'undelivered']);

/** P1: a 202 means that the message is stored, and every stored message ends. */
export function nothingLost({ stories }: Stories): Violation[] {
  const unstored = stories
    .filter((story) => acceptedSends(story).length > story.messages.length)
    .map((story) =>
      broken('stored', 'answered 202 without a row in the outbox', [
        ...acceptedSends(story),
        ...story.messages,
      ]),
    );
  const open = stories.flatMap(({ messages }) => messages.filter(({ state }) => OPEN.has(state)));
  return [
    ...unstored,
    ...(open.length > 0 ? [broken('ended', `${open.length} messages have not ended`, open)] : []),
  ];
}

/** P2: one call for each attempt that is recorded; one more where nobody could write down what became of it. */
export function oneCallPerAttempt({ stories }: Stories): Violation[] {
  return stories
    .filter((story) => unrecordedCalls(story) > crashes(story))
    .map((story) =>
      broken('calls', 'a gateway was called more often than attempts are recorded', all(story)),
    );
}

/**
 * P2: one message for each row of the outbox, which somebody asked for or which takes the place of an undelivered one.
 * Where an outcome is unknown the one more message is the reader's resend, and never the service's own idea.
 */
export function boundedDuplicates({ stories }: Stories): Violation[] {
  return stories
    .filter((story) => extraMessages(story) > 0)
    .map((story) => broken('duplicates', 'a message went out more often than it was asked for', all(story)));
}

/** P2: what was not delivered is sent once more by itself, and no more than once. */
export function oneReroute({ stories }: Stories): Violation[] {
  return stories.flatMap(({ messages }) => {
    const rerouted = messages.filter(({ reroutedFrom }) => reroutedFrom !== null);
    const bad = rerouted.filter(
      ({ id, reroutedFrom }) =>
        rerouted.some((other) => other.id !== id && other.reroutedFrom === reroutedFrom) ||
        rerouted.some((other) => other.id === reroutedFrom),
    );
    return bad.length > 0 ? [broken('reroutes', 'one message was sent anew more than once', bad)] : [];
  });
}

/**
 * P1: a receipt that was acknowledged has moved a message, although whoever took it died. Where the answer to a call
 * was lost, receipts name nothing but the number: of two lost messages to one number either may be moved.
 */
export function receiptsKept({ stories }: Stories): Violation[] {
  return [...groupBy(stories, ({ phone }) => phone).values()].flatMap((ofPhone) => {
    const messages = ofPhone.flatMap((story) => story.messages);
    const acknowledged = ofPhone.flatMap(({ receipts }) => receipts).filter((each) => each.isAcknowledged);
    const reported = messages.filter(({ state }) => REPORTED.has(state)).length;
    // Of a message that went out twice both copies are reported.
    if (reported >= Math.min(acknowledged.length, messages.length)) return [];
    return [broken('receipts', 'a receipt was acknowledged and moved nothing', ofPhone.flatMap(all))];
  });
}

/** P2: whatever a gateway got carries the code that is derived from a verification of that number. */
export function oneCode({ strays }: Stories): Violation[] {
  if (strays.length === 0) return [];
  return [broken('code', 'a gateway got a code that belongs to no verification of the number', strays)];
}

function unrecordedCalls({ calls, attempts }: Story): number {
  return VENDORS.reduce((sum, vendor) => {
    const called = calls.filter((call) => call.vendor === vendor).length;
    const recorded = attempts.filter(({ provider }) => provider === vendor).length;
    return sum + Math.max(0, called - recorded);
  }, 0);
}

const crashes = ({ attempts }: Story) => attempts.filter(({ vendorCode }) => vendorCode === 'crash').length;
const all = (story: Story) => [
  ...story.requests,
  ...story.messages,
  ...story.attempts,
  ...story.calls,
  ...story.taken,
  ...story.receipts,
];

function broken(rule: string, what: string, entries: readonly object[]): Violation {
  return { rule, what, lines: entries.map(lineOf) };
}
