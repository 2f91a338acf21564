import { faultOf, nextStep } from '../../src/sms/next-step';
import { outcomeOf, type CodeVerdict } from '../../src/sms/providers/vendor-outcome';

// What a vendor's table of codes promises, row by row, against what the router makes of it.

export type Route =
  | 'retry here'
  | 'next provider'
  | 'final'
  | 'opens the circuit' // next provider, and a fault of the account
  | 'wait for a receipt'
  | 'taken';

/** As the reference prints it; `-` where it says nothing, because the row speaks of another call. */
type FailOver = 'yes' | 'opt-in' | 'no' | '-';

/** Codes separated by blanks, `a-b` being a range; class and fail-over as in the reference; the way the message goes. */
export type Row = readonly [
  codes: string,
  codeClass: string,
  failOver: FailOver,
  route: Route,
  meaning: string,
];

/** Codes of a row: ranges of numbers, and names of which a leading dot repeats the prefix of the one before. */
export function codesOf(codes: string): string[] {
  let prefix = '';
  return codes.split(' ').flatMap((code) => {
    const [, from, to] = /^(\d+)-(\d+)$/.exec(code) ?? [];
    if (from) {
      return Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) =>
        String(Number(from) + index),
      );
    }
    if (code.startsWith('.')) return [prefix + code];
    prefix = code.split('.')[0];
    return [code];
  });
}

/** What becomes of a message whose first gateway of two answers so. */
export function routeOf(verdict: CodeVerdict, optIn = false): Route {
  const outcome = outcomeOf(verdict, 'x');
  const options = optIn && outcome.kind === 'refused' ? { failOverOn: new Set([outcome.refusal]) } : {};
  const next = nextStep(outcome, ['first'], ['first', 'second'], options);
  if (next.step === 'settle' && next.state === 'accepted') return 'taken';
  if (next.step === 'settle' && next.state === 'unknown') return 'wait for a receipt';
  if (next.step === 'settle') return 'final';
  if (next.provider === 'first') return 'retry here';
  return faultOf(outcome) === 'account' ? 'opens the circuit' : 'next provider';
}

/** Puts one row to the test. */
export function checkRow(
  classify: (code: string) => CodeVerdict,
  [codes, codeClass, failOver, route]: Row,
): void {
  for (const code of codesOf(codes)) {
    const verdict = classify(code);
    const told = { code, codeClass: verdict.codeClass, route: routeOf(verdict) };
    expect(told).toEqual({ code, codeClass, route });
    // An owner who opts in gets the next gateway where the table leaves it to him, and nowhere else.
    const optedIn = ['next provider', 'opens the circuit'].includes(routeOf(verdict, true));
    if (failOver !== '-' && ['final', 'next provider', 'opens the circuit'].includes(route)) {
      expect({ code, optedIn }).toEqual({ code, optedIn: failOver !== 'no' });
    }
  }
}
