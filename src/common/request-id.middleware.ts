import type { IncomingMessage, ServerResponse } from 'node:http';
import { uuidv7 } from 'uuidv7';
import { runInRequest } from './request-context';

// Anything else could break a log line or a header.
const ACCEPTABLE = /^[A-Za-z0-9._-]{8,64}$/;

/** Takes the caller's `X-Request-Id`, or makes one, and sends it back. */
export function requestIdMiddleware(
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
): void {
  const given = request.headers['x-request-id'];
  const requestId = typeof given === 'string' && ACCEPTABLE.test(given) ? given : uuidv7();
  response.setHeader('X-Request-Id', requestId);
  runInRequest({ requestId, acceptLanguage: request.headers['accept-language'] }, next);
}
