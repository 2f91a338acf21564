/** Response headers that many operations share; `components.headers` of the document. */
export const HEADERS = {
  'X-Request-Id': {
    description: 'The id under which the logs know this request: the one that was sent, or a new one.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{8,64}$', maxLength: 64 },
    example: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f',
  },
  'Retry-After': {
    description: 'Seconds after which the same request may succeed.',
    schema: { type: 'integer', minimum: 1, maximum: 86_400 },
    example: 60,
  },
  RateLimit: {
    description:
      'What is left of each quota, and seconds until there is more (draft-ietf-httpapi-ratelimit-headers).',
    schema: { type: 'string', maxLength: 400 },
    example: '"verifications";r=299;t=60, "sends";r=19;t=3600',
  },
  'RateLimit-Policy': {
    description: 'The quotas that this request counts against, and their windows in seconds.',
    schema: { type: 'string', maxLength: 400 },
    example: '"verifications";q=300;w=60, "sends";q=20;w=3600',
  },
  'WWW-Authenticate': {
    description: 'What credential is missing, or why the one that was sent is no good (RFC 6750).',
    schema: { type: 'string', maxLength: 400 },
    example: 'Bearer realm="gatecode", error="invalid_token"',
  },
  'Idempotency-Replayed': {
    description:
      'With an answer that was kept for this Idempotency-Key: the request was not carried out again.',
    schema: { type: 'string', enum: ['true'] },
    example: 'true',
  },
  Allow: {
    description: 'With 405: the methods of this path.',
    schema: { type: 'string', maxLength: 100 },
    example: 'GET, HEAD',
  },
};

export type HeaderName = keyof typeof HEADERS;

/** References to some of them, as a response lists its headers. */
export function headerRefs(names: readonly HeaderName[]): Record<string, { $ref: string }> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
