import { HttpAdapterHost } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import type { Server } from 'node:http';
import { accessLog, type AccessLine } from './common/access-log.middleware';
import { bodyDeadline } from './common/body-deadline.middleware';
import { parseBodies } from './common/body-parsers';
import { addressBucket, clientAddress, type TrustedProxies, trustOf } from './common/client-address';
import { expressRoutes } from './common/express-routes';
import { MediaTypeGuard } from './common/media-type.guard';
import { Problem } from './common/problem';
import { ProblemFilter } from './common/problem.filter';
import { requestIdMiddleware } from './common/request-id.middleware';
import { RouteTable } from './common/route-table';
import { answerSocketErrors } from './common/socket-problems';
import { createValidationPipe } from './common/validation';
import { lookForTracing } from './common/tracing';
import { traceRequests } from './common/tracing.middleware';
import { serveDocs } from './docs/serve-docs';
import type { Metrics } from './ops/metrics';
import { measureRequests } from './ops/metrics.middleware';

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
}

/** Served without the prefix: what machines, browsers and developers look for at the root. */
export const AT_ROOT = ['livez', 'readyz', 'metrics', 'dev/*path', '.well-known/*path'];

/**
 * Everything about HTTP that does not belong to a route. main.ts and the e2e tests apply it to an application that
 * was created with `bodyParser: false`, before it is initialised.
 */
export function setUpApp(app: NestExpressApplication, options: SetUpOptions): void {
  const { prefix = 'v1', production, bodyDeadlineMs = 10_000 } = options;
  const routes = new RouteTable();
  const filter = new ProblemFilter(app.get(HttpAdapterHost), routes);

  configureServer(app.getHttpServer());
  const trust = trustOf(options.trustedProxies);
  app.set('trust proxy', trust);
  app.disable('x-powered-by');
  // Nothing of ours may be stored by a cache, so that nothing is ever compared.
  app.disable('etag');

  app.use(requestIdMiddleware);
  lookForTracing();
  app.use(traceRequests);
  app.use(measureRequests(options.metrics));
  app.use(accessLog(options.writeAccessLine));
  app.use(helmet(securityHeaders(production)));
  app.use((request: Request & { clientAddress?: string }, response: Response, next: NextFunction) => {
    const address = clientAddress(request.socket.remoteAddress, request.headers['x-forwarded-for'], trust);
    request.clientAddress = addressBucket(address);
    if (request.path.startsWith(`/${prefix}/`)) response.setHeader('Cache-Control', 'no-store');
    // Node would refuse this by itself, with an empty answer.
    next(
      request.httpVersion === '1.1' && !request.headers.host ? new Problem('MALFORMED_HEADER') : undefined,
    );
  });
  app.use(
    bodyDeadline(bodyDeadlineMs, (problem, request, response) => filter.answer(problem, request, response)),
  );
  parseBodies(app, prefix);

  app.useGlobalFilters(filter);
  app.useGlobalGuards(new MediaTypeGuard());
  app.useGlobalPipes(createValidationPipe());
  app.setGlobalPrefix(prefix, { exclude: AT_ROOT });
  if (!production) serveDocs(app);
  // Routes exist only once the application is initialised, which it is before it listens.
  app.getHttpServer().once('listening', () => {
    routes.fill(expressRoutes(app));
    // Nest answers unknown paths below the prefix only.
    app.use((request: Request, response: Response) =>
      filter.answer(new Problem('NOT_FOUND'), request, response),
    );
  });
}

/** Time-outs and socket errors of the server itself; nothing may hold a connection for ever. */
export function configureServer(server: Server): void {
  server.headersTimeout = 15_000;
  // An upload of a few megabytes over a phone's connection takes a while.
  server.requestTimeout = 60_000;
  // Longer than load balancers keep idle connections, so that they never write to one that we are closing.
  server.keepAliveTimeout = 65_000;
  // Read when the server begins to listen; by default the time-outs are looked at every 30 s only.
  Object.assign(server, { connectionsCheckingInterval: 1_000, requireHostHeader: false });
  answerSocketErrors(server);
}

function securityHeaders(production: boolean): Parameters<typeof helmet>[0] {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
        // Swagger UI draws its icons from data: URLs and styles its parts inline.
        imgSrc: ["'self'", 'data:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
      },
    },
    strictTransportSecurity: production ? { maxAge: 31_536_000 } : false,
    // Avatars and the API are used by pages of other origins; CORS decides who may read an answer.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  };
}
