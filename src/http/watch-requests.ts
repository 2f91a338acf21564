import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TraceParent } from '../common/trace-context';
import { currentSpan } from '../common/tracing';

// Probes and scrapers ask every few seconds; their lines would be most of the log.
const SILENT = new Set(['/livez', '/readyz', '/metrics']);

// A client that left before the answer has seen none; this is nginx's number for that.
const CLIENT_LEFT = 499;

/** What there is to tell of a request that is over. */
export interface EndedRequest {
  readonly method: string;
  /** Template of the route that served it. */
  readonly route: string | undefined;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly requestId: string;
  readonly span: TraceParent | undefined;
}

type Observer = (ended: EndedRequest) => void;

/** Tells each observer of each request, but for those of machines that ask every few seconds. */
export function watchRequests(observers: readonly Observer[]) {
  return (request: IncomingMessage, response: ServerResponse, path: string, requestId: string): void => {
    if (isProbe(path)) return;
    const startedAt = performance.now();
    const span = currentSpan();
    response.once('close', () => {
      const ended = {
        method: request.method ?? '',
        route: routeOf(request),
        path,
        status: response.writableFinished ? response.statusCode : CLIENT_LEFT,
        ms: performance.now() - startedAt,
        requestId,
        span,
      };
      for (const observe of observers) observe(ended);
    });
  };
}

/** Whether a path is asked for by machines, every few seconds. */
export function isProbe(path: string): boolean {
  return SILENT.has(path);
}

/** The template of the route that served the request (`/v1/users/:id`), where the platform tells. */
export function routeOf(request: IncomingMessage): string | undefined {
  const path: unknown = (request as { route?: { path?: unknown } }).route?.path;
  return typeof path === 'string' && !path.includes('*') ? path : undefined;
}
