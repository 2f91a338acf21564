import { uuidv7 } from 'uuidv7';
import { canonicalPhone, maskPhone, type Phone } from '../common/phone';
import type { MemberCode } from '../common/member-texts';
import { Problem, type ProblemError } from '../common/problem';
import { refusedHere } from './providers/vendor-outcome';
import type { Locale, SmsOutcome } from './sms-provider.interface';

/** One text for many numbers, e.g. a notice to all members. Not for codes. */
export interface BatchRequest {
  /** Any spelling of mobile numbers in enabled countries; each number gets one message, however often it is named. */
  readonly to: readonly string[];
  /** Values for the places of the template, or the names in the text. A `code` is refused: vendors advise against it. */
  readonly values: Readonly<Record<string, string>>;
  /** Chooses template and text. */
  readonly purpose: string;
  /** Default `zh`. */
  readonly locale?: Locale;
}

/** What became of one entry of `to`. */
export interface BatchResult {
  /** Masked: results are told apart by their place, which is that of the entry. */
  readonly to: string;
  readonly outcome: SmsOutcome;
  /** The gateway that gave the outcome; null when none was asked. */
  readonly provider: string | null;
}

/** One number on its way. */
export interface BatchItem {
  readonly id: string;
  readonly phone: Phone;
  /** Gateways called so far, and what they answered. */
  readonly calls: { readonly provider: string; readonly outcome: SmsOutcome }[];
}

/** An entry of `to`: the number it names, which others may name too, or why it names none. */
export type BatchEntry = { readonly item: BatchItem } | { readonly outcome: SmsOutcome };

const MOST_NUMBERS = 10_000;

/** @throws {Problem} VALIDATION_FAILED for a request that cannot be a batch; a bad number is no such fault */
export function readBatch(request: BatchRequest, countries: readonly string[]): BatchEntry[] {
  const errors = faultsOf(request);
  if (errors.length > 0) throw new Problem('VALIDATION_FAILED', { errors });
  const items = new Map<Phone, BatchItem>();
  return request.to.map((spelling): BatchEntry => {
    const canonical = canonicalPhone(spelling, countries);
    if ('fault' in canonical) {
      return { outcome: refusedHere('C', canonical.fault, 'Not a mobile number of an enabled country') };
    }
    const { phone } = canonical;
    const item = items.get(phone) ?? { id: uuidv7(), phone, calls: [] };
    items.set(phone, item);
    return { item };
  });
}

function faultsOf({ to, values, purpose }: BatchRequest): ProblemError[] {
  const errors: (ProblemError & { readonly code: MemberCode })[] = [];
  if (to.length === 0) errors.push({ pointer: '#/to', code: 'REQUIRED' });
  if (to.length > MOST_NUMBERS) errors.push({ pointer: '#/to', code: 'TOO_MANY', values: [MOST_NUMBERS] });
  if (purpose === '') errors.push({ pointer: '#/purpose', code: 'REQUIRED' });
  if (values.code !== undefined) errors.push({ pointer: '#/values/code', code: 'CODE_IN_BATCH' });
  return errors;
}

/** The distinct numbers. */
export function itemsOf(entries: readonly BatchEntry[]): BatchItem[] {
  return [...new Set(entries.flatMap((entry) => ('item' in entry ? [entry.item] : [])))];
}

/** Number and outcome of every entry, in their order. */
export function resultsOf(entries: readonly BatchEntry[]): BatchResult[] {
  return entries.map((entry) => {
    if ('outcome' in entry) return { to: '****', outcome: entry.outcome, provider: null };
    const { phone, calls } = entry.item;
    const last = calls.at(-1);
    const outcome = last?.outcome ?? refusedHere('R', 'NO_GATEWAY', 'No gateway could be called');
    return { to: maskPhone(phone), outcome, provider: last?.provider ?? null };
  });
}

/** Cuts a list into parts of at most `size`. */
export function partsOf<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, part) =>
    list.slice(part * size, (part + 1) * size),
  );
}
