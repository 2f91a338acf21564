import type { RefusalClass, SmsOutcome } from './sms-provider.interface';

export type FailOver = 'yes' | 'opt-in' | 'no';

/** What a refusal allows: another call of the same gateway, another gateway, and whether the quota is given back. */
interface RefusalRule {
  readonly retry: boolean;
  readonly failOver: FailOver;
  /** Refusals that concern the number itself stay paid for: a second try would defeat the gateway's protection. */
  readonly givesBack: boolean;
}

const RULES: Readonly<Record<RefusalClass, RefusalRule>> = {
  R: { retry: true, failOver: 'yes', givesBack: true },
  Q: { retry: false, failOver: 'yes', givesBack: true },
  L: { retry: false, failOver: 'no', givesBack: false },
  C: { retry: false, failOver: 'no', givesBack: false },
  K: { retry: false, failOver: 'opt-in', givesBack: false },
  T: { retry: false, failOver: 'opt-in', givesBack: true },
  G: { retry: false, failOver: 'yes', givesBack: true },
  B: { retry: false, failOver: 'yes', givesBack: true },
  P: { retry: false, failOver: 'no', givesBack: true },
  U: { retry: false, failOver: 'yes', givesBack: true },
};

const READINGS: Readonly<Record<RefusalClass, string>> = {
  R: 'a passing fault at the gateway',
  Q: 'the account was throttled',
  L: "the number has had too many messages, by the gateway's own count",
  C: 'the number is no good',
  K: 'the number is on a blacklist',
  T: 'the content was refused',
  G: 'the account is not set up as configured: credentials, signature, template or address list',
  B: 'the account has no balance left',
  P: 'our request had a fault',
  U: 'a code that nobody documented',
};

/** What a class of refusals means, for operators. @param refusal null: the outcome is unknown */
export function readingOf(refusal: RefusalClass | null): string {
  if (refusal) return READINGS[refusal];
  return 'nobody knows whether it was taken; no other gateway is asked, for a receipt may follow';
}

/** Unknown outcomes that come soon enough to ask again. After a time-out the reader has waited long enough to know. */
const REPEATABLE: ReadonlySet<string> = new Set(['cut', 'unreadable', 'server-error']);

/** Calls of one gateway for one message, the first included. */
const MOST_CALLS_OF_ONE = 2;

export type NextStep =
  | { readonly step: 'settle'; readonly state: 'accepted' | 'unknown' }
  | { readonly step: 'settle'; readonly state: 'refused'; readonly givesBack: boolean }
  /** `again`: the gateway that has just answered. */
  | { readonly step: 'call'; readonly provider: string; readonly again: boolean };

export interface StepOptions {
  /** Classes that fail over although they do so only on request, e.g. K: blacklists are each gateway's own. */
  readonly failOverOn?: ReadonlySet<RefusalClass>;
  /** Whether the last gateway takes a repeated call for the same message once only. */
  readonly isIdempotent?: boolean;
  /** Whether the last gateway may be called again at all: its circuit may have opened meanwhile. Default true. */
  readonly mayRepeat?: boolean;
}

/**
 * Decides what follows one gateway's answer.
 * An unknown outcome is never followed by a call that might make a second message: the first may be on its way.
 * @param called names of the gateways called so far for this message, the last one being the one that answered
 * @param route gateways that could take the message now, in order of preference
 */
export function nextStep(
  outcome: SmsOutcome,
  called: readonly string[],
  route: readonly string[],
  { failOverOn, isIdempotent, mayRepeat = true }: StepOptions = {},
): NextStep {
  const last = called[called.length - 1];
  const mayCallAgain = mayRepeat && called.filter((name) => name === last).length < MOST_CALLS_OF_ONE;
  if (outcome.kind === 'unknown' && isIdempotent && mayCallAgain && REPEATABLE.has(outcome.reason)) {
    return { step: 'call', provider: last, again: true };
  }
  if (outcome.kind !== 'refused') return { step: 'settle', state: outcome.kind };
  const rule = RULES[outcome.refusal];
  if (rule.retry && mayCallAgain) return { step: 'call', provider: last, again: true };
  const failOver = outcome.failOver ?? rule.failOver;
  const mayFailOver = failOver === 'yes' || (failOver === 'opt-in' && failOverOn?.has(outcome.refusal));
  const next = mayFailOver ? route.find((name) => !called.includes(name)) : undefined;
  if (next) return { step: 'call', provider: next, again: false };
  return { step: 'settle', state: 'refused', givesBack: rule.givesBack };
}

/**
 * What an outcome says of the gateway itself, rather than of the message: a fault of the `account` or of the
 * `transport`. Refusals of a number, a text or a request say nothing of it; nor does a throttle, which ends by itself.
 */
export function faultOf(outcome: SmsOutcome): 'account' | 'transport' | undefined {
  if (outcome.kind === 'unknown') return outcome.reason === 'crash' ? undefined : 'transport';
  if (outcome.kind === 'accepted') return undefined;
  if (outcome.refusal === 'G' || outcome.refusal === 'B') return 'account';
  return outcome.refusal === 'R' ? 'transport' : undefined;
}
