import { Injectable, type OnModuleInit, UnsupportedMediaTypeException } from '@nestjs/common';
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
      done(OURS.test(request.routeOptions?.url ?? '') ? null : new UnsupportedMediaTypeException()),
    );
  }
}
