import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CanActivate, type ExecutionContext, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { setUpApp } from '../../src/app.setup';
import { Events } from '../../src/common/events';
import { EventsModule } from '../../src/common/events.module';
import { AUTHENTICATOR } from '../../src/common/jwt-auth.guard';
import { Problem } from '../../src/common/problem';
import { Secrets } from '../../src/common/secrets';
import { dataSourceOptions } from '../../src/database/data-source.options';
import { createHttpAdapter } from '../../src/http/http-adapter';
import { RateLimitModule } from '../../src/rate-limit/rate-limit.module';
import { REDIS, type RedisConnection, RedisModule } from '../../src/redis/redis.module';
import { LocalDriver } from '../../src/storage/drivers/local/local.driver';
import type { ObjectStorage } from '../../src/storage/object-storage.interface';
import { StorageModule } from '../../src/storage/storage.module';
import { UploadsModule } from '../../src/storage/uploads/uploads.module';
import type { UploadsModuleOptions } from '../../src/storage/uploads/uploads.options';
import { UploadsService } from '../../src/storage/uploads/uploads.service';
import { createScratchDatabase, type ScratchDatabase } from './scratch-database';
import { StoreWithFaults } from './store-with-faults';

export type Platform = 'express' | 'fastify';

/** What the instances of one host share. */
export interface UploadsCluster {
  readonly database: Pick<ScratchDatabase, 'url' | 'drop'>;
  readonly folder: string;
  readonly secretKey: Buffer;
  readonly redisPrefix: string;
}

export interface UploadsHost {
  readonly app: INestApplication;
  readonly url: string;
  readonly cluster: UploadsCluster;
  readonly dataSource: DataSource;
  readonly redis: RedisConnection;
  readonly uploads: UploadsService;
  readonly store: StoreWithFaults;
  readonly api: ReturnType<typeof request>;
  /** Names of the events that were told, but for beginnings, with the ids of their uploads. */
  readonly told: string[];
  /** Calls of its stores that failed, as they are told to whoever measures: `put timeout`. */
  readonly failedCalls: string[];
  /** Files of the form uploads that are under way. */
  temporaryFiles(): Promise<string[]>;
  /** Keys of all objects in the store. */
  objects(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface HostWishes {
  readonly platform?: Platform;
  readonly uploads?: UploadsModuleOptions;
  /** Join this one: another instance of the same host. */
  readonly cluster?: UploadsCluster;
  /** Instead of the local disk. */
  readonly stores?: Readonly<Record<string, ObjectStorage>>;
  readonly port?: number;
}

/** Bearer tokens of this host are names of users. */
const authenticator: CanActivate = {
  canActivate(context: ExecutionContext) {
    const http = context.switchToHttp().getRequest<{ headers: { authorization?: string }; user?: object }>();
    const [, userId] = /^Bearer user-(.+)$/.exec(http.headers.authorization ?? '') ?? [];
    if (userId === undefined) throw new Problem('UNAUTHENTICATED');
    http.user = { userId, sessionId: userId, roles: [] };
    return true;
  },
};

@Module({ providers: [{ provide: AUTHENTICATOR, useValue: authenticator }], exports: [AUTHENTICATOR] })
class TokensModule {}

export async function newCluster(): Promise<UploadsCluster> {
  return {
    database: await createScratchDatabase(),
    folder: await mkdtemp(join(tmpdir(), 'gatecode-uploads-')),
    secretKey: randomBytes(32),
    redisPrefix: `test-${randomBytes(6).toString('hex')}:`,
  };
}

/** A platform that takes uploads, and nothing else of this package. The sweeper runs when it is told to. */
export async function startUploadsHost(wishes: HostWishes = {}): Promise<UploadsHost> {
  const cluster = wishes.cluster ?? (await newCluster());
  const at = { url: 'http://127.0.0.1:1' };
  const local = await LocalDriver.open({
    folder: join(cluster.folder, 'store'),
    secrets: new Secrets(cluster.secretKey),
    get baseUrl() {
      return `${at.url}/v1/storage/local`;
    },
  });
  const store = new StoreWithFaults(local);
  const temporaryFolder = join(cluster.folder, 'temporary');
  const failedCalls: string[] = [];
  const storage = StorageModule.forRoot({
    onCall: ({ operation, fault }) => void (fault && failedCalls.push(`${operation} ${fault}`)),
    stores: { local: store.served, ...wishes.stores },
    default: Object.keys(wishes.stores ?? {})[0] ?? 'local',
    localRoutes: true,
  });

  @Module({
    imports: [
      TypeOrmModule.forRoot({ ...dataSourceOptions(cluster.database.url), retryAttempts: 0 }),
      RedisModule.forRoot({ url: process.env.REDIS_URL!, prefix: cluster.redisPrefix }),
      RateLimitModule.forRoot({ perMinute: 100_000, sendsPerHour: 0 }),
      TokensModule,
      EventsModule,
      storage,
      UploadsModule.forRoot({ storage, sweepEveryMs: 0, temporaryFolder, ...wishes.uploads }),
    ],
  })
  class HostModule {}

  const adapter = await createHttpAdapter(wishes.platform ?? 'express');
  const app = await NestFactory.create(HostModule, adapter, {
    logger: process.env.SHOW_LOGS ? ['error', 'warn'] : ['error'],
    abortOnError: false,
    bodyParser: false,
  });
  setUpApp(app, { trustedProxies: 0, production: false });
  await app.listen(wishes.port ?? 0, '127.0.0.1');
  at.url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const told: string[] = [];
  app.get(Events).onAny(({ name, data }) => {
    if (name !== 'upload.begun') told.push(`${name} ${(data as { uploadId: string }).uploadId}`);
  });
  return {
    app,
    url: at.url,
    cluster,
    dataSource: app.get(DataSource),
    redis: app.get<RedisConnection>(REDIS),
    uploads: app.get(UploadsService, { strict: false }),
    store,
    api: request(at.url),
    told,
    failedCalls,
    temporaryFiles: () => readdir(temporaryFolder).catch(() => []),
    objects: () => objectsIn(join(cluster.folder, 'store', 'objects')),
    async stop() {
      await app.close();
      if (wishes.cluster) return;
      await cluster.database.drop();
      await rm(cluster.folder, { recursive: true, force: true });
    },
  };
}

async function objectsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1, -1)).sort();
}

/** A user nobody has seen before. */
export class Uploader {
  readonly id = randomUUID();
  readonly authorization = `Bearer user-${this.id}`;

  constructor(private readonly host: UploadsHost) {}

  post(path: string, body?: object) {
    const call = this.host.api.post(`/v1${path}`).set('Authorization', this.authorization);
    return body === undefined ? call : call.send(body);
  }

  get(path: string) {
    return this.host.api.get(`/v1${path}`).set('Authorization', this.authorization);
  }

  async ticket(contentLength = 100_000, contentType = 'image/png'): Promise<Ticket> {
    const wanted = { purpose: 'avatar', contentType, contentLength };
    return (await this.post('/uploads', wanted).expect(201)).body as Ticket;
  }

  complete(uploadId: string) {
    return this.post(`/uploads/${uploadId}/complete`);
  }

  /** A ticket, and the file uploaded with it as any page would. */
  async uploaded(bytes: Buffer, contentType = 'image/png'): Promise<string> {
    const ticket = await this.ticket(bytes.length, contentType);
    const answer = await sendWith(ticket, bytes, contentType);
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return ticket.uploadId;
  }

  /** What lies in the store before anybody has looked at it, whatever a ticket would have let through. */
  async smuggled(host: UploadsHost, bytes: Buffer, contentType = 'image/png'): Promise<string> {
    const { uploadId } = await this.ticket(Math.max(1, bytes.length), contentType);
    await host.store.put(await rawKeyOf(host, uploadId), bytes, { contentType });
    return uploadId;
  }
}

export interface Ticket {
  readonly uploadId: string;
  readonly method: string;
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly fileField: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: string;
  readonly maxBytes: number;
}

/** What the code of any page does with a ticket: it knows no store. */
export async function sendWith(ticket: Ticket, bytes: Buffer, type: string): Promise<Response> {
  const file = new Blob([new Uint8Array(bytes)], { type });
  const form = new FormData();
  for (const [name, value] of Object.entries(ticket.fields)) form.append(name, value);
  if (ticket.fileField !== null) form.append(ticket.fileField, file, 'avatar');
  const body = ticket.fileField === null ? file : form;
  return fetch(ticket.url, { method: ticket.method, headers: { ...ticket.headers }, body });
}

export async function rawKeyOf({ dataSource }: UploadsHost, uploadId: string): Promise<string> {
  const [row] = await dataSource.query<{ raw_key: string }[]>('SELECT raw_key FROM uploads WHERE id = $1', [
    uploadId,
  ]);
  return row.raw_key;
}
