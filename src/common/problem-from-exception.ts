import { HttpException } from '@nestjs/common';
import { Problem, type ProblemMembers } from './problem';
import type { ProblemCode } from './problem-catalog';
import { isStoreUnavailable } from './problem-stores';

/** `type` of the errors that body-parser and raw-body raise: https://github.com/expressjs/body-parser#errors */
const BODY_ERRORS: Readonly<Record<string, ProblemCode>> = {
  'entity.parse.failed': 'MALFORMED_BODY',
  'request.aborted': 'MALFORMED_BODY',
  'request.size.invalid': 'MALFORMED_BODY',
  'querystring.parse.rangeError': 'MALFORMED_BODY',
  'entity.verify.failed': 'MALFORMED_BODY',
  'parameters.too.many': 'BODY_TOO_LARGE',
  'entity.too.large': 'BODY_TOO_LARGE',
  'encoding.unsupported': 'UNSUPPORTED_MEDIA_TYPE',
  'charset.unsupported': 'UNSUPPORTED_MEDIA_TYPE',
};

// What a framework or a library can throw. Our own code throws a Problem.
const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'MALFORMED_BODY',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  431: 'HEADERS_TOO_LARGE',
  503: 'OVERLOADED',
};

// A character that the database can't store, such as NUL, which no rule before it has refused.
const UNSTORABLE_TEXT = new Set(['22021', '22P05']);

interface Hints {
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly type?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
}

/** Finds the problem that an exception of whatever origin stands for; INTERNAL_ERROR when it is a fault of ours. */
export function problemFrom(exception: unknown): Problem {
  if (exception instanceof Problem) return exception;
  const problem = (code: ProblemCode, members?: ProblemMembers) =>
    new Problem(code, members, { cause: exception });
  if (exception instanceof HttpException) return problem(...fromHttpException(exception));
  const { status, statusCode, type, code } = hintsOf(exception);
  if (typeof type === 'string' && type in BODY_ERRORS) return problem(BODY_ERRORS[type]);
  if (exception instanceof URIError && status === 400) return problem('MALFORMED_PATH');
  if (isStoreUnavailable(exception)) return problem('STORE_UNAVAILABLE');
  if (typeof code === 'string' && UNSTORABLE_TEXT.has(code)) return problem('VALIDATION_FAILED');
  // Fastify and others mark their errors with a status.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return problem(fromStatus(statusCode));
  return problem('INTERNAL_ERROR');
}

function fromHttpException(exception: HttpException): [ProblemCode, ProblemMembers?] {
  const { type } = hintsOf(exception.cause);
  if (typeof type === 'string' && type in BODY_ERRORS) return [BODY_ERRORS[type]];
  if (exception.cause instanceof URIError) return ['MALFORMED_PATH'];
  const response = exception.getResponse();
  const { message } = typeof response === 'object' ? (response as Hints) : { message: response };
  // Nest's own pipes answer 400 for a value that can be read but isn't right.
  const isValueFault = Array.isArray(message) || /^Validation failed/.test(String(message));
  if (exception.getStatus() === 400 && isValueFault) return ['VALIDATION_FAILED'];
  return [fromStatus(exception.getStatus())];
}

function fromStatus(status: number): ProblemCode {
  return BY_STATUS[status] ?? (status >= 400 && status < 500 ? 'VALIDATION_FAILED' : 'INTERNAL_ERROR');
}

const hintsOf = (exception: unknown): Hints =>
  typeof exception === 'object' && exception !== null ? exception : {};
