import type { IncomingMessage } from 'node:http';
import { uuidv7 } from 'uuidv7';

// Anything else could break a log line or a header.
const ACCEPTABLE = /^[A-Za-z0-9._-]{8,64}$/;

/** The caller's `X-Request-Id`, or a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : uuidv7();
}
