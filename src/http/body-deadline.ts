import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasBody } from '../common/media-type.guard';
import { Problem } from '../common/problem';

/** Bodies that people type are small; only uploads may take longer, and the server's own time-out ends those. */
const SMALL_BODY =
  /^(application\/json|application\/[\w.-]+\+json|application\/x-www-form-urlencoded|text\/)/i;

type Answer = (problem: Problem, request: IncomingMessage, response: ServerResponse) => void;

/**
 * Gives a body some time to arrive: a client that sends one byte a second must not hold a connection for minutes.
 * @param answer writes the 408
 */
export function bodyDeadline(deadlineMs: number, answer: Answer) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { headers } = request;
    if (!hasBody(headers) || !SMALL_BODY.test(headers['content-type'] ?? '')) return;
    const timer = setTimeout(() => {
      if (request.complete || response.headersSent) return;
      // The rest of the body is still to come: nothing else can be read from this connection.
      answer(new Problem('REQUEST_TIMEOUT', { headers: { Connection: 'close' } }), request, response);
      response.once('finish', () => request.destroy());
    }, deadlineMs);
    request.once('end', () => clearTimeout(timer));
    request.once('close', () => clearTimeout(timer));
  };
}
