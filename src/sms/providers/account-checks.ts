import { parseObject, type JsonObject } from '../../common/json-object';
import type { Balance, ProviderCheck } from '../sms-provider.interface';
import type { VendorReply } from './vendor-exchange';
import { safeText } from './vendor-text';

/** Below that many a person should buy more: messages, or cents (a message costs some 4 to 8 of them). */
const LOW: Readonly<Record<Balance['unit'], number>> = { messages: 100, 'minor-units': 1_000 };
const MINUTE_MS = 60_000;

export function passed(subject: string, detail: string): ProviderCheck {
  return { subject, verdict: 'ok', detail };
}

export function warned(subject: string, detail: string, remedy: string): ProviderCheck {
  return { subject, verdict: 'warn', detail, remedy };
}

export function failed(subject: string, detail: string, remedy: string): ProviderCheck {
  return { subject, verdict: 'fail', detail, remedy };
}

/** What an account call gave: the vendor's object, or the line that says why there is none. */
export type AccountAnswer = { readonly answer: JsonObject } | { readonly fault: ProviderCheck };

/** @param host as an operator would open it in a firewall, with its port */
export function readAccountReply(reply: VendorReply, host: string): AccountAnswer {
  const fault = (detail: string, remedy: string) => ({ fault: failed('reachability', detail, remedy) });
  if (reply.kind === 'unreached') {
    if (reply.code === 'UND_ERR_INVALID_ARG') return { fault: UNWRITABLE };
    const remedy = `Let this machine open connections to ${host}, and check the base URL`;
    return fault(`${host} cannot be reached (${reply.code})`, remedy);
  }
  if (reply.kind === 'lost') {
    return fault(`${host} gave no answer (${reply.reason})`, 'Try again; then ask the vendor');
  }
  const { status, text } = reply;
  const answer = status < 300 && text !== undefined ? parseObject(text) : undefined;
  if (answer) return { answer };
  const what = status < 300 ? 'an answer that is not of its protocol' : `HTTP status ${status}`;
  return fault(`${host} gave ${what}`, 'Check the base URL, and for a proxy on the way');
}

const UNWRITABLE = failed(
  'credentials',
  'they hold a character that no HTTP header can carry',
  'Copy them from the console again, without spaces or full-width letters',
);

export function reached(host: string): ProviderCheck {
  return passed('reachability', `${host} answers`);
}

/** @returns nothing when the other side did not tell its time */
export function clockCheck(
  reply: VendorReply,
  now: number,
  limits: { readonly warnMs: number; readonly failMs: number },
): ProviderCheck | undefined {
  if (reply.kind !== 'answer' || reply.date === undefined) return undefined;
  const offMs = Math.abs(now - reply.date);
  if (offMs <= limits.warnMs) return passed('clock', 'agrees with the gateway’s');
  const side = now < reply.date ? 'behind' : 'ahead of';
  const detail = `this machine is ${Math.round(offMs / MINUTE_MS)} min ${side} the gateway`;
  return (offMs > limits.failMs ? failed : warned)('clock', detail, SET_THE_CLOCK);
}

export const SET_THE_CLOCK = 'Let this machine follow a time server (NTP)';

export function balanceCheck({ left, unit }: Balance): ProviderCheck {
  const amount = unit === 'messages' ? `${left} messages left` : `${(left / 100).toFixed(2)} yuan left`;
  if (left <= 0) return failed('balance', amount, 'Buy messages in the console: nothing can be sent');
  return left < LOW[unit]
    ? warned('balance', amount, 'Buy messages in the console')
    : passed('balance', amount);
}

/** What a refusal says of the account: the line it belongs to, and what to do. */
export type RefusalRow = readonly [
  codes: RegExp,
  verdict: 'warn' | 'fail',
  subject: string,
  detail: string,
  remedy: string,
];

export interface Refusal {
  readonly code: string;
  /** The vendor's, which may echo anything it was sent. */
  readonly words: unknown;
  /** Values that must not come back in the words. */
  readonly hidden: readonly string[];
}

/** @param asked the subject that was asked for: a code without a row leaves it open */
export function refusalCheck(rows: readonly RefusalRow[], asked: string, refusal: Refusal): ProviderCheck {
  const { code, words, hidden } = refusal;
  const said = safeText(words, hidden);
  const row = rows.find(([codes]) => codes.test(code));
  const [, verdict, subject, detail, remedy] = row ?? [/./, 'warn', asked, ...UNDOCUMENTED];
  return { subject, verdict, detail: `${detail} (${code}${said ? `: ${said}` : ''})`, remedy };
}

const UNDOCUMENTED = [
  'it cannot be checked',
  'Look at it in the console; ask the vendor what the code means',
] as const;

/** One line about the clock: what the refusal knows, unless the gateway's time shows by how much it is off. */
export function withRefusal(clock: ProviderCheck | undefined, refusal: ProviderCheck): ProviderCheck[] {
  if (refusal.subject !== 'clock') return clock ? [clock, refusal] : [refusal];
  return [clock?.verdict === 'fail' ? clock : refusal];
}
