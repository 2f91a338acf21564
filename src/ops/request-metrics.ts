import { methodName } from '../http/method-name';
import type { EndedRequest } from '../http/watch-requests';
import type { Metrics } from './metrics';

/** Measures requests by route. */
export function requestMetrics({ requestSeconds }: Metrics) {
  return ({ method, route, status, ms }: EndedRequest): void =>
    // Paths are without number; what no route serves is one.
    requestSeconds.observe({ method: methodName(method), route: route ?? '_OTHER', status }, ms / 1_000);
}
