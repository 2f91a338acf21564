import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ExpressAdapter } from '@nestjs/platform-express';
import { setUpApp } from '../../src/app.setup';
import { createHttpAdapter } from '../../src/http/http-adapter';
import { LocalDriver, type LocalOptions, Secrets, StorageModule } from '../../src';

/** A store on a folder of its own, served by a small application that has nothing else. */
export interface ServedStore {
  readonly app: INestApplication;
  readonly url: string;
  readonly folder: string;
  readonly store: LocalDriver;
  readonly options: LocalOptions;
  /** Files that somebody is writing to. */
  unfinished(): Promise<string[]>;
  stop(): Promise<void>;
}

export type Platform = 'express' | 'fastify';

export async function serveLocalStore(
  platform: Platform,
  wishes: Partial<LocalOptions> = {},
  /** As the service itself is set up, and not as a host is that knows nothing of it. */
  asService = false,
): Promise<ServedStore> {
  const folder = wishes.folder ?? (await mkdtemp(join(tmpdir(), 'gatecode-store-')));
  const at = { url: 'http://127.0.0.1:1' };
  const options: LocalOptions = {
    folder,
    secrets: new Secrets(randomBytes(32)),
    ...wishes,
    // Known once the application listens.
    get baseUrl() {
      return `${at.url}/v1/storage/local`;
    },
  };
  const store = await LocalDriver.open(options);
  const storage = StorageModule.forRoot({ stores: { local: store }, localRoutes: true });

  @Module({ imports: [storage] })
  class HostModule {}

  const plain = () => (platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter());
  const adapter = asService ? await createHttpAdapter(platform) : plain();
  const app = await NestFactory.create(HostModule, adapter, {
    logger: ['error'],
    abortOnError: false,
    bodyParser: !asService,
  });
  if (asService) setUpApp(app, { trustedProxies: [], production: true, writeAccessLine: () => undefined });
  else app.setGlobalPrefix('v1');
  await app.listen(0, '127.0.0.1');
  at.url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  return {
    app,
    url: at.url,
    folder,
    store,
    options,
    unfinished: () => readdir(join(folder, 'incoming')),
    async stop() {
      // Clients open connections ahead that never carry a request; those are not idle to Node.
      app.getHttpServer().closeAllConnections();
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The same store, at another time. */
export function atAnotherTime({ options }: ServedStore, offsetMs: number): Promise<LocalDriver> {
  return LocalDriver.open(inherit(options, { clock: { now: () => Date.now() + offsetMs } }));
}

/** The same store, for somebody who does not have its secret. */
export function withOtherSecret({ options }: ServedStore): Promise<LocalDriver> {
  return LocalDriver.open(inherit(options, { secrets: new Secrets(randomBytes(32)) }));
}

/** A store whose folder is gone, as when a disk is not mounted. */
export async function withoutFolder({ options }: ServedStore): Promise<LocalDriver> {
  const folder = await mkdtemp(join(tmpdir(), 'gatecode-store-'));
  const store = await LocalDriver.open(inherit(options, { folder }));
  await rm(folder, { recursive: true });
  return store;
}

/** The base URL goes on being asked for. */
function inherit(options: LocalOptions, changes: Partial<LocalOptions>): LocalOptions {
  return Object.assign(Object.create(options) as LocalOptions, changes);
}
