import { Controller, Get, HttpCode, type OnModuleInit, Options, Param, Post, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiExcludeController } from '@nestjs/swagger';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpContract } from '../../../common/http-contract.decorator';
import { Problem } from '../../../common/problem';
import { isObjectKey, MOST_SEGMENTS } from '../../object-key';
import { StorageService } from '../../storage.service';
import type { Serving } from './download-headers';
import { LocalDriver } from './local.driver';
import { takeUpload } from './local-upload';
import { corsHeaders, PREFLIGHT } from './page-origins';
import { serveObject } from './serve-object';

/** A request of either platform: Express's is Node's own, Fastify's has it. */
type AnyRequest = IncomingMessage & { readonly raw?: IncomingMessage };
type AnyResponse = ServerResponse & {
  readonly raw?: ServerResponse;
  hijack?(): void;
  getHeaders(): Record<string, number | string | string[] | undefined>;
};

/** `:store/:k1`, `:store/:k1/:k2` and so on: no spelling of a wildcard is understood by both platforms. */
const SEGMENTS = Array.from({ length: MOST_SEGMENTS }, (_, index) => `k${index + 1}`);
const OBJECT_PATHS = SEGMENTS.map((_, index) =>
  [':store', ...SEGMENTS.slice(0, index + 1).map((name) => `:${name}`)].join('/'),
);

/**
 * What the stores on the local disk are reached by: a ticket's form, and URLs that this service made. Not part of the
 * documented API: clients get whole URLs, of this or another kind of store.
 */
@ApiExcludeController()
@HttpContract()
@Controller('storage')
export class LocalStorageController implements OnModuleInit {
  constructor(
    private readonly storage: StorageService,
    private readonly adapters: HttpAdapterHost,
  ) {}

  /** A store whose URLs lead elsewhere would be found out by its first client. */
  onModuleInit(): void {
    for (const name of this.storage.names) {
      const store = this.storage.store(name);
      if (store instanceof LocalDriver && !new URL(store.baseUrl).pathname.endsWith(`/storage/${name}`))
        throw new Error(`The base URL of the local store "${name}" has to end in /storage/${name}`);
    }
  }

  @Post(':store')
  @HttpCode(204)
  async upload(
    @Param('store') name: string,
    @Req() request: AnyRequest,
    @Res({ passthrough: true }) response: AnyResponse,
  ): Promise<void> {
    const store = this.open(name, request, response);
    await takeUpload(store, request.raw ?? request);
  }

  @Get(OBJECT_PATHS)
  async download(
    @Param() parameters: Readonly<Record<string, string>>,
    @Req() request: AnyRequest,
    @Res() response: AnyResponse,
  ): Promise<void> {
    const store = this.open(parameters.store, request, response);
    const key = SEGMENTS.flatMap((name) => parameters[name] ?? []).join('/');
    if (!isObjectKey(key)) throw new Problem('NOT_FOUND');
    // Judged before anything is looked for: who may not read is not told what there is.
    const serving = servingOf(store, key, request.raw ?? request);
    await serveObject(store, key, serving, request.raw ?? request, () => takeOver(response));
  }

  @Options([':store', ...OBJECT_PATHS])
  @HttpCode(204)
  preflight(
    @Param('store') name: string,
    @Req() request: AnyRequest,
    @Res({ passthrough: true }) response: AnyResponse,
  ): void {
    this.open(name, request, response);
    for (const [header, value] of Object.entries(PREFLIGHT)) this.setHeader(response, header, value);
  }

  private open(name: string, request: AnyRequest, response: AnyResponse): LocalDriver {
    const store = this.storage.has(name) ? this.storage.store(name) : undefined;
    if (!(store instanceof LocalDriver)) throw new Problem('NOT_FOUND');
    this.setHeader(response, 'Vary', 'Origin');
    const allowed = corsHeaders(store.pageOrigins, request.headers.origin);
    for (const [header, value] of Object.entries(allowed ?? {})) this.setHeader(response, header, value);
    return store;
  }

  private setHeader(response: AnyResponse, name: string, value: string): void {
    this.adapters.httpAdapter.setHeader(response, name, value);
  }
}

/** @throws {Problem} LINK_INVALID for who may not read it */
function servingOf(store: LocalDriver, key: string, { url = '' }: IncomingMessage): Serving {
  const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  const link = store.readLink(key, query);
  if (link === 'none' && store.capabilities.publicUrls) return {};
  if (typeof link === 'string') throw new Problem('LINK_INVALID');
  const secondsLeft = Math.floor(link.expires - store.now() / 1_000);
  return { secondsLeft, downloadName: link.downloadName };
}

/** Node's own response, to be written by us; with the headers that it was given so far. */
function takeOver(response: AnyResponse): ServerResponse {
  if (!response.raw) return response;
  const given = response.getHeaders();
  response.hijack?.();
  for (const [name, value] of Object.entries(given))
    if (value !== undefined) response.raw.setHeader(name, value);
  return response.raw;
}
