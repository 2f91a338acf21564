import type { INestApplication } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type TrustedProxies, trustOf } from './common/client-address';
import { MediaTypeGuard } from './common/media-type.guard';
import { ProblemFilter } from './common/problem.filter';
import { RouteTable } from './common/route-table';
import { lookForTracing } from './common/tracing';
import { serveDocs } from './docs/serve-docs';
import { accessLog, type AccessLine } from './http/access-log';
import { createEdge } from './http/edge';
import { setUpExpress } from './http/express.setup';
import type { GatecodeFastifyAdapter } from './http/fastify.adapter';
import type { PlatformSetUp } from './http/platform';
import { securityHeaders } from './http/security-headers';
import { interceptChanges } from './idempotency/intercept-changes';
import type { IdempotencyInterceptor } from './idempotency/idempotency.interceptor';
import type { Metrics } from './ops/metrics';
import { requestMetrics } from './ops/request-metrics';

/** What differs between one deployment and another. */
export interface SetUpOptions {
  readonly trustedProxies: TrustedProxies;
  readonly production: boolean;
  /** @default 'v1' */
  readonly prefix?: string;
  /** How long a JSON body may take to arrive. @default 10_000 */
  readonly bodyDeadlineMs?: number;
  /** Takes the line of each request. Default: Nest's logger. */
  readonly writeAccessLine?: (line: AccessLine) => void;
  /** Takes the duration of each request. Default: nobody. */
  readonly metrics?: Metrics;
  /** Stands before every route that changes state. Default: nobody. */
  readonly idempotency?: IdempotencyInterceptor;
}

/** Served without the prefix: what machines, browsers and developers look for at the root. */
export const AT_ROOT = ['livez', 'readyz', 'metrics', 'dev/*path', 'demo', 'demo/*path', '.well-known/*path'];

/**
 * Everything about HTTP that does not belong to a route; what requests say is checked by the controllers (HttpContract).
 * main.ts and the e2e tests apply it to an application that was created with `bodyParser: false` on an adapter of
 * `createHttpAdapter()`, before it is initialised.
 */
export function setUpApp(app: INestApplication, options: SetUpOptions): void {
  const { prefix = 'v1', production, bodyDeadlineMs = 10_000, metrics } = options;
  const routes = new RouteTable();
  const filter = new ProblemFilter(app.get(HttpAdapterHost), routes);
  const trust = trustOf(options.trustedProxies);

  lookForTracing();
  const edge = createEdge({
    prefix,
    trust,
    headers: securityHeaders(production),
    bodyDeadlineMs,
    observers: [accessLog(options.writeAccessLine), ...(metrics ? [requestMetrics(metrics)] : [])],
    answer: (problem, request, response) => filter.answer(problem, request, response),
  });
  setUpPlatform(app, { edge, trust, filter, routes });

  app.useGlobalFilters(filter);
  app.useGlobalGuards(new MediaTypeGuard());
  if (options.idempotency) interceptChanges(app, options.idempotency);
  app.setGlobalPrefix(prefix, { exclude: AT_ROOT });
  if (!production) serveDocs(app);
}

function setUpPlatform(app: INestApplication, setUp: PlatformSetUp): void {
  if (app.getHttpAdapter().getType() === 'express') return setUpExpress(app as NestExpressApplication, setUp);
  (app.getHttpAdapter() as unknown as GatecodeFastifyAdapter).setUp(setUp);
}
