import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { AppModule, type Settings, trustedProxies } from '../../src/app.module';
import { setUpApp } from '../../src/app.setup';
import { createHttpAdapter } from '../../src/http/http-adapter';
import { IdempotencyInterceptor } from '../../src/idempotency/idempotency.interceptor';
import { Metrics } from '../../src/ops/metrics';
import { REDIS, type RedisConnection } from '../../src/redis/redis.module';
import { validateEnv } from '../../src/validate-env';
import { createScratchDatabase, type ScratchDatabase } from './scratch-database';

/** What several instances of one service share. */
export interface Cluster {
  readonly database: ScratchDatabase;
  readonly redisPrefix: string;
  readonly secretKey: Buffer;
  /** Where its files lie. Default: each instance has a folder of its own. */
  readonly dataDir?: string;
}

export interface RunningApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly cluster: Cluster;
  readonly dataSource: DataSource;
  readonly redis: RedisConnection;
  /** HTTP requests over a real socket. */
  readonly api: ReturnType<typeof request>;
  /** Stops this instance; the one that made the cluster also drops its database. */
  stop(): Promise<void>;
}

/** Limits wide enough that only the one under test is met. */
export const WIDE = {
  RESEND_COOLDOWN: '0',
  PHONE_HOURLY_LIMIT: '0',
  PHONE_DAILY_LIMIT: '0',
  CHECK_HOURLY_LIMIT: '0',
  IP_HOURLY_LIMIT: '0',
  SEGMENT_HOURLY_LIMIT: '0',
  LIVE_VERIFICATIONS: '0',
  PASSWORD_HOURLY_LIMIT: '0',
  THROTTLE_PER_MINUTE: '0',
  CAPTCHA_MODE: 'never',
} as const;

/**
 * Starts the whole service on a port of its own, with a database and a key prefix of its own.
 * @param variables environment variables, as an operator would set them
 * @param cluster join this one instead: another instance of the same service
 * @param sms what no variable changes, e.g. how soon a circuit opens
 */
export async function startApp(
  variables: Readonly<Record<string, string>> = {},
  cluster?: Cluster,
  sms?: Settings['sms'],
): Promise<RunningApp> {
  const own: Cluster = cluster ?? {
    database: await createScratchDatabase(),
    redisPrefix: `test-${randomBytes(6).toString('hex')}:`,
    secretKey: randomBytes(32),
    dataDir: await newFolder(),
  };
  const dataDir = own.dataDir ?? (await newFolder());
  const env = validateEnv({
    NODE_ENV: 'test',
    LOG_LEVEL: 'error',
    // `HTTP_ADAPTER=fastify npx jest test/…` runs a story on the other platform.
    HTTP_ADAPTER: process.env.HTTP_ADAPTER,
    DATA_DIR: dataDir,
    ...variables,
  });
  const settings: Settings = {
    env,
    databaseUrl: own.database.url,
    redisUrl: env.REDIS_URL ?? process.env.REDIS_URL!,
    secretKey: own.secretKey,
    redisPrefix: own.redisPrefix,
    sms,
    ownUrl: () => url,
  };
  let url = 'http://127.0.0.1:1';
  const testing = await Test.createTestingModule({ imports: [AppModule.with(settings)] }).compile();
  const app = testing.createNestApplication(await createHttpAdapter(env.HTTP_ADAPTER), { bodyParser: false });
  setUpApp(app, {
    trustedProxies: trustedProxies(env),
    production: env.NODE_ENV === 'production',
    metrics: app.get(Metrics, { strict: false }),
    idempotency: app.get(IdempotencyInterceptor, { strict: false }),
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  url = `http://127.0.0.1:${port}`;
  return {
    app,
    url,
    cluster: own,
    dataSource: app.get(DataSource),
    redis: app.get<RedisConnection>(REDIS),
    api: request(url),
    stop: async () => {
      await app.close();
      if (dataDir !== cluster?.dataDir) await rm(dataDir, { recursive: true, force: true });
      if (!cluster) await own.database.drop();
    },
  };
}

const newFolder = () => mkdtemp(join(tmpdir(), 'gatecode-test-'));
