import { Logger } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';

// Probes and scrapers ask every few seconds; their lines would be most of the log.
const SILENT = new Set(['/livez', '/readyz', '/metrics']);

const ID_LIKE = /^(?=.*\d).{5,}$|^.{21,}$/;

const logger = new Logger('HTTP');

/** Logs one line per request: method, route, status, milliseconds. Never the query, nor what stands in the path for an id. */
export function accessLogMiddleware(
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
): void {
  const startedAt = performance.now();
  const [path] = (request.url ?? '/').split('?');
  if (SILENT.has(path)) return next();
  response.once('close', () => {
    const line = {
      method: request.method,
      route: routeOf(request) ?? namelessPath(path),
      // A client that left before the answer has seen none; 499 is nginx's number for that.
      status: response.writableFinished ? response.statusCode : 499,
      ms: Math.round((performance.now() - startedAt) * 10) / 10,
      requestId: response.getHeader('X-Request-Id'),
    };
    logger.log(`${line.method} ${line.route} ${line.status}`, line);
  });
  next();
}

/** The template of the route that served the request (`/v1/users/:id`), where the platform tells. */
function routeOf(request: IncomingMessage): string | undefined {
  const path: unknown = (request as { route?: { path?: unknown } }).route?.path;
  return typeof path === 'string' && !path.includes('*') ? path : undefined;
}

function namelessPath(path: string): string {
  return path
    .slice(0, 200)
    .split('/')
    .map((segment) => (ID_LIKE.test(segment) ? ':id' : segment))
    .join('/');
}
