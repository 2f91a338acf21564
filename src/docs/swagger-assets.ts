import { type INestApplication, NotFoundException, StreamableFile } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
};

interface Reply {
  type(name: string): unknown;
}

type Handler = (request: object, reply: Reply) => unknown;

/**
 * The application as SwaggerModule sees it. On Fastify it would want one more package for some files of Swagger UI; so it is
 * told of a platform that serves folders by itself, as Express does.
 */
export function withAssets(app: INestApplication): INestApplication {
  const adapter = app.getHttpAdapter() as AbstractHttpAdapter;
  if (adapter.getType() === 'express') return app;
  const servesFolders = Object.create(adapter, {
    getType: { value: () => 'express' },
    get: {
      value: (path: string, handler: Handler) =>
        void adapter.get(path, (request: object, reply: Reply) => handler(request, namingCharset(reply))),
    },
  }) as typeof adapter;
  return Object.create(app, {
    getHttpAdapter: { value: () => servesFolders },
    useStaticAssets: {
      value: (folder: string, { prefix }: { prefix: string }) => serveFolder(adapter, folder, prefix),
    },
  }) as INestApplication;
}

/** What SwaggerModule sends is text, and Express says in which characters. */
function namingCharset(reply: Reply): Reply {
  const type = reply.type.bind(reply);
  return Object.assign(reply, { type: (name: string) => type(`${name}; charset=utf-8`) });
}

function serveFolder(adapter: AbstractHttpAdapter, folder: string, prefix: string): void {
  const names = new Set(readdirSync(folder));
  adapter.get(`${prefix}/*`, (request: { params: Record<string, string> }, response: object) => {
    const name = request.params['*'];
    // A name of the list leads nowhere else.
    if (!names.has(name)) throw new NotFoundException();
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    const bytes = readFileSync(join(folder, name));
    adapter.setHeader(response, 'Content-Type', type);
    void adapter.reply(response, new StreamableFile(bytes, { type, length: bytes.length }));
  });
}
