import { preferredLanguage } from './accept-language';
import { writeErrors } from './member-texts';
import { problemType, type Problem } from './problem';
import { PROBLEMS, type ProblemCode } from './problem-catalog';

/** Seconds to wait where nothing more exact is known. */
const DEFAULT_RETRY_AFTER: Readonly<Record<number, number>> = { 429: 60, 503: 5 };

const BEARER = 'Bearer realm="gatecode"';

// RFC 6750, 3.1, RFC 9470, 3 and RFC 7617, 2. A 401 without a better word gets the bare challenge.
const CHALLENGES: Partial<Record<ProblemCode, string>> = {
  TOKEN_INVALID: `${BEARER}, error="invalid_token"`,
  CLIENT_UNAUTHENTICATED: 'Basic realm="gatecode", charset="UTF-8"',
  FORBIDDEN: `${BEARER}, error="insufficient_scope"`,
  STEP_UP_REQUIRED: `${BEARER}, error="insufficient_user_authentication"`,
};

/** What goes over the wire. */
export interface ProblemDocument {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Writes a problem in the caller's language (RFC 9457).
 * @param acceptLanguage value of `Accept-Language`
 */
export function problemDocument(
  problem: Problem,
  requestId: string,
  acceptLanguage: string | undefined,
): ProblemDocument {
  const { status, title, detail } = PROBLEMS[problem.code];
  const language = preferredLanguage(acceptLanguage);
  const text = language === 'zh-CN' ? 'zh' : 'en';
  const { headers = {}, allow, retryAfter: given, errors, ...extensions } = problem.members;
  // A wait of a fraction of a second would be announced as none at all.
  const wait = given === undefined ? DEFAULT_RETRY_AFTER[status] : Math.max(1, Math.ceil(given));
  const challenge = CHALLENGES[problem.code] ?? (status === 401 ? BEARER : undefined);
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Content-Language': language,
      'Cache-Control': 'no-store',
      ...(wait !== undefined && { 'Retry-After': String(wait) }),
      ...(challenge !== undefined && { 'WWW-Authenticate': challenge }),
      ...(allow && { Allow: allow.join(', ') }),
      ...headers,
    },
    body: {
      type: problemType(problem.code),
      title: title[text],
      status,
      code: problem.code,
      detail: fill(detail[text], { attemptsRemaining: extensions.attemptsRemaining, retryAfter: wait }),
      // Names the occurrence and not the path: there may be an id or a secret in a path.
      instance: `urn:gatecode:request:${requestId}`,
      requestId,
      ...(wait !== undefined && { retryAfter: wait }),
      ...extensions,
      ...(errors && { errors: writeErrors(errors, language) }),
    },
  };
}

function fill(text: string, values: Readonly<Record<string, number | undefined>>): string {
  return text
    .replace(/\{(\w+)\}/g, (placeholder, name: string) => String(values[name] ?? placeholder))
    .replace(/[^.。]*\{\w+\}[^.。]*[.。]/g, '')
    .trim();
}
