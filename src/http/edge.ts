import type { IncomingMessage, ServerResponse } from 'node:http';
import { addressBucket, clientAddress, type ProxyTrust } from '../common/client-address';
import { Problem } from '../common/problem';
import { runInRequest } from '../common/request-context';
import { bodyReader, type ReadRequest } from './bodies';
import { bodyDeadline } from './body-deadline';
import { giveHeaders, type Header } from './given-headers';
import { isDecodable, pathOf } from './path';
import { requestIdOf } from './request-id';
import { traceRequest } from './trace-requests';
import { type EndedRequest, watchRequests } from './watch-requests';

/** A request that has passed the edge. Platforms hand these members on to their own request. */
export interface EdgeRequest extends ReadRequest {
  /** The client, as limits count it. */
  clientAddress?: string;
  /** The route that serves it, once the platform has found one. */
  route?: { readonly path: string };
}

export interface EdgeOptions {
  readonly prefix: string;
  readonly trust: ProxyTrust;
  readonly headers: readonly Header[];
  readonly bodyDeadlineMs: number;
  readonly observers: readonly ((ended: EndedRequest) => void)[];
  /** Writes a problem as the answer. */
  readonly answer: (problem: unknown, request: IncomingMessage, response: ServerResponse) => void;
}

/** What every request passes before it is routed, on whichever platform: it knows nothing but Node's own objects. */
export type Edge = (request: EdgeRequest, response: ServerResponse, next: () => void) => void;

export function createEdge({ prefix, trust, headers, bodyDeadlineMs, observers, answer }: EdgeOptions): Edge {
  const watch = watchRequests(observers);
  const limitTime = bodyDeadline(bodyDeadlineMs, answer);
  const readBody = bodyReader(prefix);
  const secretPaths = `/${prefix}/`;
  const secretHeaders: readonly Header[] = [...headers, ['Cache-Control', 'no-store', 'cache-control']];

  function admit(request: EdgeRequest, response: ServerResponse, path: string, next: () => void): void {
    const address = clientAddress(request.socket.remoteAddress, request.headers['x-forwarded-for'], trust);
    request.clientAddress = addressBucket(address);
    // Node would refuse this by itself, with an empty answer.
    if (request.httpVersion === '1.1' && !request.headers.host)
      return answer(new Problem('MALFORMED_HEADER'), request, response);
    if (!isDecodable(path)) return answer(new Problem('MALFORMED_PATH'), request, response);
    limitTime(request, response);
    const reading = readBody(request);
    if (!reading) return next();
    reading.then(next, (problem: unknown) => answer(problem, request, response));
  }

  return (request, response, next) => {
    const path = pathOf(request);
    const requestId = requestIdOf(request);
    giveHeaders(response, [
      ['X-Request-Id', requestId, 'x-request-id'],
      ...(path.startsWith(secretPaths) ? secretHeaders : headers),
    ]);
    runInRequest({ requestId, acceptLanguage: request.headers['accept-language'] }, () =>
      traceRequest(request, response, path, () => {
        watch(request, response, path, requestId);
        try {
          admit(request, response, path, next);
        } catch (error) {
          answer(error, request, response);
        }
      }),
    );
  };
}
