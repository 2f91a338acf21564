import { Logger } from '@nestjs/common';
import { redactText } from './redaction';
import { currentSpan } from './tracing';
import type { IncomingMessage, ServerResponse } from 'node:http';

// Probes and scrapers ask every few seconds; their lines would be most of the log.
const SILENT = new Set(['/livez', '/readyz', '/metrics']);

// What follows the gateway's name is a secret, whatever it looks like.
const HOOK = /^(.*\/hooks\/[^/]*\/[^/]*\/).+$/;
const ID_LIKE = /^(?=.*\d).{5,}$|^.{21,}$/;

/** What is logged of one request. */
export interface AccessLine {
  readonly method: string;
  /** Template of the route, or the path without what looks like an id. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly requestId: string;
  /** Of the request's span, where it is traced. */
  readonly trace_id?: string;
  readonly span_id?: string;
}

const logger = new Logger('HTTP');

/** The way of any other log line. Its search for secrets costs more than the rest of a small request. */
const throughLogger = (line: AccessLine) => logger.log(`${line.method} ${line.route} ${line.status}`, line);

/** Logs one line per request: method, route, status, milliseconds. Never the query, nor what stands in the path for an id. */
export function accessLog(write: (line: AccessLine) => void = throughLogger) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const startedAt = performance.now();
    const [path] = (request.url ?? '/').split('?', 1);
    if (isProbe(path)) return next();
    const span = currentSpan();
    response.once('close', () =>
      write({
        method: request.method ?? '',
        route: routeOf(request) ?? namelessPath(path),
        // A client that left before the answer has seen none; 499 is nginx's number for that.
        status: response.writableFinished ? response.statusCode : 499,
        ms: Math.round((performance.now() - startedAt) * 10) / 10,
        requestId: String(response.getHeader('X-Request-Id')),
        ...(span && { trace_id: span.traceId, span_id: span.spanId }),
      }),
    );
    next();
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

/** A path without what looks like an id, a token or a number. */
export function namelessPath(path: string): string {
  const segments = path.slice(0, 200).replace(HOOK, '$1:id').split('/');
  return redactText(segments.map((segment) => (ID_LIKE.test(segment) ? ':id' : segment)).join('/'));
}
