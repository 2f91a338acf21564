import { isPurchase } from './cap-rules';
import type { RequestEntry, Terms, Violation } from './ledger';
import { lineOf } from './ledger-line';
import type { Stories } from './stories';

/** P5: every request is answered, in time, and errors in the form of the contract. */
export function goodAnswers(requests: readonly RequestEntry[], terms: Terms): Violation[] {
  const rules: [rule: string, what: string, isBad: (request: RequestEntry) => boolean][] = [
    ['in-time', `no answer within ${terms.answerMs} ms`, ({ ms }) => ms > terms.answerMs],
    [
      'answered',
      'the connection ended without an answer',
      ({ status }) => !terms.losesAnswers && status === 0,
    ],
    ['no-fault', 'a fault of the service itself', ({ status }) => status >= 500 && status !== 503],
    [
      'problem',
      'an error without a problem document',
      ({ status, isProblem }) => status >= 400 && !isProblem,
    ],
    ['retry-after', 'a refusal that does not say for how long', isWithoutWait],
  ];
  return rules.flatMap(([rule, what, isBad]) => {
    const bad = requests.filter(isBad);
    return bad.length > 0 ? [{ rule, what: `${bad.length} times ${what}`, lines: bad.map(lineOf) }] : [];
  });
}

/** P3: a wrong code buys nothing, and a right one buys once. */
export function nobodyIn({ stories }: Stories): Violation[] {
  return stories.flatMap(({ requests }) => {
    const bought = requests.filter(isPurchase);
    const byWrongCode = bought.filter(({ right }) => right !== true);
    const violations: Violation[] = [];
    if (byWrongCode.length > 0)
      violations.push({ rule: 'wrong-code', what: 'a wrong code bought', lines: byWrongCode.map(lineOf) });
    if (bought.length > 1)
      violations.push({ rule: 'bought-once', what: 'a code bought twice', lines: bought.map(lineOf) });
    return violations;
  });
}

function isWithoutWait({ status, retryAfter }: RequestEntry): boolean {
  return (status === 429 || status === 503) && !(retryAfter !== undefined && retryAfter >= 1);
}
