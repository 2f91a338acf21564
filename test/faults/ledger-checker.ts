import { goodAnswers, nobodyIn } from './answer-rules';
import { addressCaps, budgetCap, phoneCaps, segmentCaps } from './cap-rules';
import type { Ledgers, Terms, Violation } from './ledger';
import {
  boundedDuplicates,
  nothingLost,
  oneCallPerAttempt,
  oneCode,
  oneReroute,
  receiptsKept,
} from './message-rules';
import { storiesOf } from './stories';

/** Holds the ledgers of a run that has settled against the promises P1 to P5. Pure. */
export function checkLedgers(ledgers: Ledgers, terms: Terms): Violation[] {
  const stories = storiesOf(ledgers, terms);
  return [
    ...nothingLost(stories),
    ...oneCallPerAttempt(stories),
    ...boundedDuplicates(stories),
    ...oneCode(stories),
    ...oneReroute(stories),
    ...receiptsKept(stories),
    ...phoneCaps(stories, terms),
    ...addressCaps(stories, terms),
    ...segmentCaps(stories, terms),
    ...budgetCap(stories, terms),
    ...goodAnswers(ledgers.requests, terms),
    ...nobodyIn(stories),
  ];
}
