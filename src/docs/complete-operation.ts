import type { OpenAPIObject } from '@nestjs/swagger';
import type { ProblemCode } from '../common/problem-catalog';
import { byStatus, PROBLEM_JSON, problemResponse } from '../common/problem-responses';
import { isOutcome } from '../idempotency/answer';
import { type HeaderName, headerRefs } from './headers';
import { OF_KEYS, takeIdempotencyKey } from './idempotency-key';

export type PathItem = OpenAPIObject['paths'][string];
export type Operation = NonNullable<PathItem['get']>;
/** One operation of a document, and where it is. */
export interface PlacedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}
type Response = Exclude<NonNullable<Operation['responses'][string]>, { $ref: string }>;

/** Problems of any route: of the server before it, or of a fault behind it. The `default` response of every operation. */
export const OF_ANY_ROUTE: readonly ProblemCode[] = [
  'METHOD_NOT_ALLOWED',
  'REQUEST_TIMEOUT',
  'HEADERS_TOO_LARGE',
  'INTERNAL_ERROR',
];
export const ANY_PROBLEM = { name: 'AnyProblem', $ref: '#/components/responses/AnyProblem' };

/** The limits are counted behind what answers with these. */
const BEFORE_LIMITS = ['400', '413', '415'];

const SUCCESS_WITHOUT_WORDS: Readonly<Record<string, string>> = {
  '200': 'Done.',
  '201': 'Made.',
  '202': 'Accepted.',
  '204': 'Done; there is nothing to say.',
};

/** Adds what follows from an operation's shape: security, problems, headers, words for its success. */
export function completeOperation({ path, method, operation }: PlacedOperation, schemas: Schemas): void {
  operation.security ??= [];
  const takesKey = takeIdempotencyKey(method, operation);
  // Two 503 of one operation: a probe's own report is not a problem document.
  const listed = codesOf(operation);
  const implied = [...impliedCodes(path, operation, listed), ...(takesKey ? OF_KEYS : [])];
  for (const [status, codes] of byStatus([...listed, ...implied])) {
    if (isProblem(operation.responses[status])) operation.responses[status] = problemResponse(codes);
  }
  for (const [status, response] of Object.entries(operation.responses)) {
    if (!response || '$ref' in response) continue;
    response.description ||= wordsFor(status, response, schemas);
    response.headers = {
      ...response.headers,
      ...headerRefs(headersOf(status, listed)),
      ...(takesKey && isOutcome(Number(status)) && headerRefs(['Idempotency-Replayed'])),
    };
  }
  operation.responses.default = { $ref: ANY_PROBLEM.$ref };
}

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

function codesOf({ responses }: Operation): ProblemCode[] {
  return Object.values(responses).flatMap((response) =>
    response && 'content' in response
      ? (Object.keys(response.content?.[PROBLEM_JSON]?.examples ?? {}) as ProblemCode[])
      : [],
  );
}

function impliedCodes(path: string, operation: Operation, listed: readonly ProblemCode[]): ProblemCode[] {
  const { parameters = [], requestBody, security = [] } = operation;
  const isSecured = security.some((requirement) => Object.keys(requirement).length > 0);
  const hasQuery = parameters.some((parameter) => 'in' in parameter && parameter.in === 'query');
  return [
    'MALFORMED_HEADER',
    ...when(path.includes('{'), 'MALFORMED_PATH'),
    ...when(isSecured, 'UNAUTHENTICATED', 'TOKEN_INVALID'),
    ...when(!!requestBody, 'MALFORMED_BODY', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'),
    ...when(!!requestBody || hasQuery, 'VALIDATION_FAILED'),
    // Keys and revocations are in one store, limits in the other.
    ...when(isSecured || listed.includes('RATE_LIMITED'), 'STORE_UNAVAILABLE'),
  ];
}

const when = (condition: boolean, ...codes: ProblemCode[]): ProblemCode[] => (condition ? codes : []);

function isProblem(response: Operation['responses'][string]): boolean {
  return !response || ('content' in response && PROBLEM_JSON in (response.content ?? {}));
}

function wordsFor(status: string, { content = {} }: Response, schemas: Schemas): string {
  const [{ schema } = {}] = Object.values(content);
  const named = schema && '$ref' in schema ? schemas[schema.$ref.split('/').at(-1) ?? ''] : undefined;
  const description = named && 'description' in named ? named.description : undefined;
  return description ?? SUCCESS_WITHOUT_WORDS[status] ?? status;
}

function headersOf(status: string, codes: readonly ProblemCode[]): HeaderName[] {
  const isLimited = codes.includes('RATE_LIMITED') && !BEFORE_LIMITS.includes(status);
  return [
    'X-Request-Id',
    ...(isLimited ? (['RateLimit', 'RateLimit-Policy'] as const) : []),
    ...(status === '429' || status === '503' ? (['Retry-After'] as const) : []),
    ...(status === '401' ? (['WWW-Authenticate'] as const) : []),
  ];
}
