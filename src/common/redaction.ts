import { types } from 'node:util';

// What must never be read in a log: by the name of a member, and by the look of a value.

const REDACTED = '[redacted]';
const MAX_DEPTH = 8;
const MAX_TEXT = 10_000;

const SECRET_NAME =
  /^(authorization|proxy-?authorization|(set-?)?cookie|.*passw(or)?d|pwd|code|otp|.*[-_]?token|.*ticket|.*secret(key)?|.*(api|private|secret|access|signing)[-_]?key|answer|credentials?|signature|sign|x-amz-.*|sig)$/i;

// The stable codes of errors (`CODE_MISMATCH`, `ECONNREFUSED`) are no verification codes, and needed.
const ERROR_CODE = /^[A-Z][A-Z0-9_]*[A-Z_][A-Z0-9_]*$/;

// Where the errors of a database driver quote rows and parameters.
const ROW_VALUES = new Set(['parameters', 'detail', 'where']);

// Characters that nobody sees; between digits they would hide a phone number.
const INVISIBLE = /[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

const UUID = '\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b';
const WHOLE_UUID = new RegExp(`^${UUID}$`, 'i');
const GAP = '(?:%20|[\\p{Zs}\\t().\\p{Pd}\\u2212_/·]){0,3}';
// A number may follow a percent-escape (`%2B86…`); else digits before it make it part of something longer.
const START = '(?:(?<![\\p{Nd}])|(?<=%[0-9a-f]{2}))';
const MAINLAND = `${START}(?:(?:[+＋]|0${GAP}0)?${GAP}[8８]${GAP}[6６]${GAP})?[1１]${GAP}[3-9３-９](?:${GAP}\\p{Nd}){9}(?!\\p{Nd})`;
const INTERNATIONAL = `[+＋]${GAP}[1-9１-９](?:${GAP}\\p{Nd}){6,14}(?!\\p{Nd})|(?<![\\p{Nd}\\w.:-])00[1-9](?:\\p{Nd}){7,14}(?!\\p{Nd})`;
const UUID_OR_PHONE = new RegExp(`${UUID}|${INTERNATIONAL}|${MAINLAND}`, 'giu');

const NAMED_VALUE =
  /(["']?)\b([A-Za-z_-]{0,30}(?:authorization|cookie|password|passwd|otp|token|ticket|secret|api[-_]?key|secret[-_]?key|private[-_]?key|access[-_]?key))\1(\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|(?:Bearer\s+|Basic\s+)?[^\s,;&"'}\]]+)/gi;

const SHAPES: readonly [RegExp, string][] = [
  // The password in a connection string, then the query of any address: signed URLs carry their secret there.
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'<>]+@/gi, `$1${REDACTED}@`],
  [/(https?:\/\/[^\s?#"'<>]+)\?[^\s"'<>]*/gi, `$1?${REDACTED}`],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+/gi, `$1 ${REDACTED}`],
  [/\beyJ[\w-]{4,}(?:\.[\w-]*){1,4}/g, REDACTED],
  // Opaque tokens: long, and of all three kinds of character. Hexadecimal digests and names are not.
  [/(?<![\w-])(?=[\w-]{0,80}\d)(?=[\w-]{0,80}[A-Z])(?=[\w-]{0,80}[a-z])[\w-]{40,}(?![\w-])/g, REDACTED],
  // A code that stands where a sentence or a member says so.
  [
    /((?:验证码|校验码|动态码|\b(?:code|otp|passcode))["']?\s*(?:is|was|为|是)?\s*[:：=]?\s*["']?)\p{Nd}{4,10}(?!\p{Nd})/giu,
    `$1${REDACTED}`,
  ],
];

/** Takes secrets, codes, tokens and whole phone numbers out of a text. */
export function redactText(text: string): string {
  let clean = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  clean = clean.replace(INVISIBLE, '');
  clean = clean.replace(
    NAMED_VALUE,
    (_, quote: string, name: string, equals: string) =>
      `${quote}${name}${quote}${equals}${quote}${REDACTED}${quote}`,
  );
  for (const [shape, replacement] of SHAPES) clean = clean.replace(shape, replacement);
  return clean.replace(UUID_OR_PHONE, maskUnlessId);
}

/** Copies a value for a log, without what must not be read there. Errors, cycles and binary data become plain. */
export function redact(value: unknown): unknown {
  return copy(value, 0, new Set());
}

function copy(value: unknown, depth: number, parents: Set<object>): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'number') return redactNumber(value);
  if (typeof value === 'bigint') return redactText(value.toString());
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (parents.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[…]';
  parents.add(value);
  const copied = copyObject(value, (each) => copy(each, depth + 1, parents));
  parents.delete(value);
  return copied;
}

function copyObject(value: object, inner: (each: unknown) => unknown): unknown {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (Array.isArray(value) || value instanceof Set) return [...(value as Iterable<unknown>)].map(inner);
  const isError = types.isNativeError(value);
  const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value);
  // What an error is made of is not enumerable.
  if (isError) entries.unshift(['name', value.name], ['message', value.message], ['stack', value.stack]);
  if (isError && value.cause !== undefined) entries.push(['cause', value.cause]);
  const members = entries.map(([key, each]): [string, unknown] => {
    const name = String(key);
    const hidden = isSecret(name, each) || (isError && ROW_VALUES.has(name));
    return [redactText(name), hidden ? REDACTED : inner(each)];
  });
  return Object.fromEntries(members);
}

function isSecret(name: string, value: unknown): boolean {
  if (value === undefined || value === null || typeof value === 'boolean') return false;
  if (!SECRET_NAME.test(name)) return false;
  return !(name === 'code' && typeof value === 'string' && ERROR_CODE.test(value));
}

function redactNumber(value: number): number | string {
  const text = String(value);
  const clean = redactText(text);
  return clean === text ? value : clean;
}

function maskUnlessId(match: string): string {
  if (WHOLE_UUID.test(match)) return match;
  const digits = match
    .replaceAll('%20', '')
    .normalize('NFKC')
    .replace(/\P{Nd}/gu, '');
  const national = digits.replace(/^0{0,2}86(?=1\d{10}$)/, '');
  const head = /^1[3-9]\d{9}$/.test(national)
    ? national.slice(0, 3)
    : `+${digits.replace(/^00/, '').slice(0, 3)}`;
  return `${head}****${digits.slice(-4)}`;
}
