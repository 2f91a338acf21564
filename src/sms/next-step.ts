import type { RefusalClass, SmsOutcome } from './sms-provider.interface';

/** What a refusal allows: another call of the same gateway, another gateway, and whether the quota is given back. */
interface RefusalRule {
  readonly retry: boolean;
  readonly failOver: boolean;
  /** Refusals that concern the number itself stay paid for: a second try would defeat the gateway's protection. */
  readonly givesBack: boolean;
}

const RULES: Readonly<Record<RefusalClass, RefusalRule>> = {
  R: { retry: true, failOver: true, givesBack: true },
  Q: { retry: false, failOver: true, givesBack: true },
  L: { retry: false, failOver: false, givesBack: false },
  C: { retry: false, failOver: false, givesBack: false },
  K: { retry: false, failOver: false, givesBack: false },
  T: { retry: false, failOver: false, givesBack: true },
  G: { retry: false, failOver: true, givesBack: true },
  B: { retry: false, failOver: true, givesBack: true },
  P: { retry: false, failOver: false, givesBack: true },
  U: { retry: false, failOver: true, givesBack: true },
};

/** Calls of one gateway for one message, the first included. */
const MOST_CALLS_OF_ONE = 2;

export type NextStep =
  | { readonly step: 'settle'; readonly state: 'accepted' | 'unknown' }
  | { readonly step: 'settle'; readonly state: 'refused'; readonly givesBack: boolean }
  | { readonly step: 'call'; readonly provider: string; readonly again: boolean };

/**
 * Decides what follows one gateway's answer.
 * An unknown outcome is never followed by another call: the message may be on its way.
 * @param called names of the gateways called so far for this message, the last one being the one that answered
 * @param route all gateways that could take the message, in order of preference
 */
export function nextStep(outcome: SmsOutcome, called: readonly string[], route: readonly string[]): NextStep {
  if (outcome.kind !== 'refused') return { step: 'settle', state: outcome.kind };
  const rule = RULES[outcome.refusal];
  const last = called[called.length - 1];
  if (rule.retry && called.filter((name) => name === last).length < MOST_CALLS_OF_ONE) {
    return { step: 'call', provider: last, again: true };
  }
  const next = rule.failOver ? route.find((name) => !called.includes(name)) : undefined;
  if (next) return { step: 'call', provider: next, again: false };
  return { step: 'settle', state: 'refused', givesBack: rule.givesBack };
}
