import type { IncomingMessage, ServerResponse } from 'node:http';
import { isProbe, routeOf } from '../common/access-log.middleware';
import { methodOf } from '../common/tracing.middleware';
import type { Metrics } from './metrics';

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** Measures requests by route. Of no effect in an application without MetricsModule. */
export function measureRequests(metrics: Metrics | undefined): Middleware {
  if (!metrics) return (_request, _response, next) => next();
  return (request, response, next) => {
    const startedAt = performance.now();
    if (isProbe((request.url ?? '/').split('?', 1)[0])) return next();
    response.once('close', () => {
      const labels = {
        method: methodOf(request),
        // Paths are without number; what no route serves is one.
        route: routeOf(request) ?? '_OTHER',
        status: response.writableFinished ? response.statusCode : 499,
      };
      metrics.requestSeconds.observe(labels, (performance.now() - startedAt) / 1_000);
    });
    next();
  };
}
