import type { ProblemCode } from '../common/problem-catalog';

export type HeaderValue = string | number | readonly string[];

/** What went over the wire. */
export interface Answer {
  readonly status: number;
  /** Names as they were written. */
  readonly headers: readonly (readonly [name: string, value: HeaderValue])[];
  readonly body: Buffer;
}

// About the credential, the message itself or the moment; not about what was asked for.
const OF_THE_MOMENT = new Set([400, 401, 403, 405, 408, 413, 415, 425, 429, 431]);

// The request was turned away before anything was done: what is missing can be brought.
const NOTHING_DONE = new Set<ProblemCode | undefined>([
  'VALIDATION_FAILED',
  'CAPTCHA_REQUIRED',
  'CAPTCHA_INVALID',
  'REGISTRATION_STEP_MISSING',
  'POLICY_VERSION_OUTDATED',
  'UPLOAD_MISSING',
  'UPLOAD_NOT_READY',
  'IDEMPOTENCY_IN_FLIGHT',
]);

/**
 * Whether an answer is what became of the request, so that a repetition gets it again. Otherwise the repetition is tried anew.
 * @param code of the problem that was answered, if one was
 */
export function isOutcome(status: number, code?: ProblemCode): boolean {
  return status < 500 && !OF_THE_MOMENT.has(status) && !NOTHING_DONE.has(code);
}

// Of the exchange, not of the answer. They are told anew with every answer.
const OF_THE_EXCHANGE = new Set([
  'x-request-id',
  'ratelimit',
  'ratelimit-policy',
  'date',
  'connection',
  'keep-alive',
  'transfer-encoding',
]);

/** What says how the bytes are to be read, and goes with them. */
export const OF_THE_BODY = ['content-type', 'content-length', 'transfer-encoding', 'etag'];

/**
 * An answer with the headers of its own, and not those of every answer.
 * @param before headers that were there before the handler, by name in lower case
 */
export function ownPart(answer: Answer, before: Readonly<Record<string, unknown>>): Answer {
  const headers = answer.headers.filter(([name, value]) => {
    const known = name.toLowerCase();
    if (OF_THE_EXCHANGE.has(known)) return false;
    return OF_THE_BODY.includes(known) || String(before[known]) !== String(value);
  });
  return { ...answer, headers };
}

const LINE_FEED = 0x0a;

/** One line of JSON, and the body as it is. */
export function writeAnswer({ body, ...head }: Answer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

/** What {@link writeAnswer} wrote. */
export function readAnswer(bytes: Buffer): Answer {
  const end = bytes.indexOf(LINE_FEED);
  const head = JSON.parse(bytes.toString('utf8', 0, end)) as Omit<Answer, 'body'>;
  return { ...head, body: bytes.subarray(end + 1) };
}
