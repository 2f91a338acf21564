import { HttpException } from '@nestjs/common';
import { type Form, type MemberCode, writeErrors } from './member-texts';
import { PROBLEMS, type ProblemCode } from './problem-catalog';

/** One member of the request that is not valid. Never holds the value itself. */
export interface ProblemError {
  /** JSON Pointer fragment to the member: `#/captcha/answer`; `#` is the whole body. */
  readonly pointer: string;
  /** Stable, UPPER_SNAKE: `UNKNOWN_MEMBER`, `PHONE_INVALID`. */
  readonly code: string;
  /** Of the rule, for the places in the text that this code has. */
  readonly values?: readonly (string | number)[];
  /** What is asked for, where the code says only that there is a pattern. */
  readonly form?: Form;
  /** What the member should look like: for a code of a host's own, which has no text here. */
  readonly detail?: string;
}

/** What one occurrence of a problem says beyond its kind. */
export interface ProblemMembers {
  /** Seconds after which the same request may succeed; also sent as `Retry-After`. */
  readonly retryAfter?: number;
  readonly attemptsRemaining?: number;
  readonly errors?: readonly ProblemError[];
  /** Registration steps that have to come first. */
  readonly missing?: readonly string[];
  /** Methods of this path; also sent as `Allow`. */
  readonly allow?: readonly string[];
  /** Extra response headers; not part of the body. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Base of the `type` URIs; what follows is the code in kebab-case. */
export const PROBLEM_TYPE_BASE = 'https://gatecode.dev/problems/';

/** `CODE_MISMATCH` -> `https://gatecode.dev/problems/code-mismatch` */
export function problemType(code: ProblemCode): string {
  return PROBLEM_TYPE_BASE + code.toLowerCase().replaceAll('_', '-');
}

/**
 * A failure that a client can act on. `ProblemFilter` writes it as `application/problem+json` (RFC 9457) in the
 * caller's language. It is an HttpException, so that a host without that filter still answers status and code.
 */
export class Problem extends HttpException {
  constructor(
    readonly code: ProblemCode,
    readonly members: ProblemMembers = {},
    options: { readonly cause?: unknown } = {},
  ) {
    const { status, title } = PROBLEMS[code];
    const { headers: _headers, allow: _allow, errors, ...extensions } = members;
    const body = { type: problemType(code), title: title.en, status, code, ...extensions };
    super({ ...body, ...(errors && { errors: writeErrors(errors, 'en') }) }, status, options);
    this.message = `${code}: ${title.en}`;
    this.name = Problem.name;
  }
}

/** A VALIDATION_FAILED about one member. @param values for the places in the text that the code has */
export function invalidMember(pointer: string, code: MemberCode, ...values: (string | number)[]): Problem {
  return new Problem('VALIDATION_FAILED', { errors: [{ pointer, code, values }] });
}
