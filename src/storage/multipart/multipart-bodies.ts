import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

interface FastifyRequest {
  readonly routeOptions?: { readonly url?: string };
}

interface Fastify {
  hasContentTypeParser(type: string): boolean;
  addContentTypeParser(
    type: string,
    parse: (request: FastifyRequest, payload: unknown, done: (error: Error | null) => void) => void,
  ): void;
}

/** Routes that read their forms by themselves. */
const OURS = /\/storage\/:store\/?$|\/uploads\/form\/?$/;

/**
 * Fastify answers 415 to bodies that it has no parser for. This one leaves forms to our routes, and to all others what they
 * have had; a host that takes forms itself has a parser already.
 */
@Injectable()
export class MultipartBodies implements OnModuleInit {
  constructor(private readonly adapters: HttpAdapterHost) {}

  onModuleInit(): void {
    const adapter = this.adapters.httpAdapter;
    if (adapter?.getType() !== 'fastify') return;
    const fastify = adapter.getInstance<Fastify>();
    if (fastify.hasContentTypeParser('multipart/form-data')) return;
    fastify.addContentTypeParser('multipart/form-data', (request, _payload, done) =>
      done(OURS.test(request.routeOptions?.url ?? '') ? null : unsupported()),
    );
  }
}

/** As Fastify itself says it. */
function unsupported(): Error {
  const error = new Error('Unsupported Media Type');
  return Object.assign(error, { code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 });
}
