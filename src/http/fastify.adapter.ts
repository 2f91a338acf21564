import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import { Problem } from '../common/problem';
import type { KnownRoute } from '../common/route-table';
import type { Edge, EdgeRequest } from './edge';
import { fastifyRoute, isFallback } from './fastify-routes';
import { GivenHeadersResponse } from './given-headers';
import { pathOf } from './path';
import type { PlatformSetUp } from './platform';
import { configureServer } from './server';

/** What the server calls; it is made before there is anything to set it up with. */
interface Door {
  edge: Edge;
  refuse: (request: IncomingMessage, response: ServerResponse) => void;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

// A parameter can't be longer than the headers that it comes in.
const MAX_PARAMETER = 16 * 1024;
const NO_QUERY: Readonly<Record<string, never>> = Object.freeze(Object.create(null) as Record<string, never>);

/**
 * Fastify, so set up that a client can't tell it from Express: requests pass the same edge before they are routed, and
 * paths match as Express matches them. There is no middleware: `app.use()` is not for this platform.
 */
export class GatecodeFastifyAdapter extends FastifyAdapter {
  /** The routes that were registered, but for those that stand for many. */
  readonly known: KnownRoute[] = [];
  private readonly door: Door;

  constructor() {
    const door: Door = {
      edge: (_request, _response, next) => next(),
      refuse: (_request, response) => void response.writeHead(400).end(),
    };
    super({
      serverFactory: (handler: Handler) => {
        const server = createServer({ ServerResponse: GivenHeadersResponse }, (request, response) =>
          door.edge(request, response, () => handler(request, response)),
        );
        configureServer(server);
        return server;
      },
      // The router can't read the path.
      frameworkErrors: (_error: Error, request: FastifyRequest, reply: FastifyReply) =>
        door.refuse(request.raw, reply.raw),
      skipMiddie: true,
      // An instance that ends goes on serving the connections that it has.
      return503OnClosing: false,
      routerOptions: {
        caseSensitive: false,
        ignoreTrailingSlash: true,
        maxParamLength: MAX_PARAMETER,
        querystringParser: (text: string) => (text === '' ? NO_QUERY : parse(text)),
      },
    });
    this.door = door;
  }

  /** Before the application is initialised. */
  setUp({ edge, filter, routes }: PlatformSetUp): void {
    const instance = this.getInstance();
    this.door.edge = edge;
    this.door.refuse = (request, response) => filter.answer(new Problem('MALFORMED_PATH'), request, response);
    // Bodies are read at the edge.
    for (const method of instance.supportedMethods)
      instance.addHttpMethod(method, { hasBody: false, overrideExisting: true });
    for (const member of ['rawBody', 'clientAddress', 'user']) instance.decorateRequest(member);

    const { known } = this;
    routes.fill(known);
    instance.addHook('onRoute', (options) => {
      const methods = [options.method].flat();
      const route = fastifyRoute(options.url, methods);
      if (!isFallback(options.url, methods)) known.push(route);
      options.onRequest = handOver(options, route);
    });
  }
}

/** Gives the request of the platform what the edge has found out. */
function handOver({ url }: RouteOptions, { matches }: KnownRoute): RouteOptions['onRequest'] {
  const route = { path: url };
  return (request, reply, done) => {
    const raw = request.raw as EdgeRequest;
    // Fastify decodes the whole path before it looks for a route.
    if (raw.url!.includes('%') && !matches(pathOf(raw))) return void reply.callNotFound();
    raw.route = route;
    request.body = raw.body;
    Object.assign(request, { rawBody: raw.rawBody, clientAddress: raw.clientAddress });
    done();
  };
}
