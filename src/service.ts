import type { Server } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule, trustedProxies } from './app.module';
import { setUpApp } from './app.setup';
import { armCrashPoint } from './common/crash-points';
import { JsonLogger } from './common/json-logger';
import { developmentSecret } from './development-secret';
import type { Env } from './env';
import { providerNames } from './env-rules';
import { AccessLogWriter } from './http/access-log-writer';
import { createHttpAdapter } from './http/http-adapter';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor';
import { Metrics } from './ops/metrics';
import { installShutdown } from './ops/drain.service';
import { InvalidEnvError, validateEnv } from './validate-env';

type Variables = Readonly<Record<string, string | undefined>>;

interface Stores {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly description: readonly string[];
  stop(): Promise<void>;
}

/** Time in which a load balancer notices that this instance is not ready any more, milliseconds. */
const DRAIN_MS = 3_000;
/** A process that has not ended by then is ended. Orchestrators wait for about 30 s. */
const HARD_LIMIT_MS = 10_000;

/** The service as a process: from the environment to a listening port, and down again on SIGTERM. */
export async function runService(variables: Variables): Promise<void> {
  let stores: Stores | undefined;
  try {
    const env = validateEnv(variables);
    const production = env.NODE_ENV === 'production';
    armCrashPoint(env.CRASH_AT);
    const logger = new JsonLogger({ level: env.LOG_LEVEL });
    stores = await openStores(env);
    const listening: { app?: INestApplication } = {};
    const app = await NestFactory.create(
      AppModule.with({
        env,
        databaseUrl: stores.databaseUrl,
        redisUrl: stores.redisUrl,
        secretKey: env.SECRET_KEY ? Buffer.from(env.SECRET_KEY, 'base64') : developmentSecret(env.DATA_DIR),
        ownUrl: () => ownUrl(listening.app, env),
      }),
      await createHttpAdapter(env.HTTP_ADAPTER),
      { logger, bodyParser: false, abortOnError: false },
    );
    listening.app = app;
    setUpApp(app, {
      trustedProxies: trustedProxies(env),
      production,
      metrics: app.get(Metrics, { strict: false }),
      idempotency: app.get(IdempotencyInterceptor, { strict: false }),
      writeAccessLine: logger.isLevelEnabled('log') ? new AccessLogWriter().write : () => undefined,
    });
    installShutdown(app, {
      drainMs: production ? DRAIN_MS : 0,
      hardLimitMs: HARD_LIMIT_MS,
      after: () => stores!.stop(),
    });
    await app.listen(env.PORT, env.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'));
    if (!production) await greet(app, env, stores);
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    await stores?.stop();
    process.exit(1);
  }
}

/** What has no URL is embedded. Production never gets here without URLs: env-rules.ts refuses it. */
async function openStores(env: Env): Promise<Stores> {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = env;
  if (databaseUrl && redisUrl) {
    return { databaseUrl, redisUrl, description: [], stop: () => Promise.resolve() };
  }
  const { startEmbeddedStores } = await import('./embedded/embedded-stores.js');
  const embedded = await startEmbeddedStores({
    dataDir: env.DATA_DIR,
    needPostgres: !databaseUrl,
    needRedis: !redisUrl,
    log: (message) => process.stdout.write(`${message}\n`),
  });
  return {
    databaseUrl: databaseUrl ?? embedded.databaseUrl!,
    redisUrl: redisUrl ?? embedded.redisUrl!,
    description: embedded.description,
    stop: () => embedded.stop(),
  };
}

/** By which a client on this machine reaches it; with the port that it was given, where any will do. */
function ownUrl(app: INestApplication | undefined, { HOST = '127.0.0.1', PORT }: Env): string {
  const address = (app?.getHttpServer() as Server | undefined)?.address();
  const port = typeof address === 'object' && address ? address.port : PORT;
  const host = HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The last lines a newcomer sees: where to go next. */
async function greet(app: INestApplication, env: Env, { description }: Stores): Promise<void> {
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  const lines = [
    'Gatecode is ready.',
    `  API      ${url}/v1`,
    `  Swagger  ${url}/docs`,
    `  Demo     ${url}/demo`,
    ...(providerNames(env).includes('inbox') ? [`  Inbox    ${url}/dev/inbox`] : []),
    `  ${description.length > 0 ? `Embedded: ${description.join('; ')}` : 'Nothing is embedded: DATABASE_URL and REDIS_URL are in use.'}`,
  ];
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
}

/** A bad configuration is for a person to read, anything else for whoever looks for the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const forPeople = error instanceof InvalidEnvError || error.name === 'EmbeddedStoreError';
  return forPeople ? error.message : (error.stack ?? error.message);
}
