import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Cluster, Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRedisClient, type RedisClientOptions } from './redis-client';
import { REDIS, type RedisConnection } from './redis-connection';

const CONNECT_WAIT_MS = 1_000;
const QUIT_WAIT_MS = 1_000;

const logger = new Logger('Redis');

/**
 * Opens a connection and waits a moment for it. A missing store does not stop the start: the client goes on trying,
 * and /readyz says so meanwhile.
 */
export async function openRedis(options: RedisClientOptions & { prefix: string }): Promise<RedisConnection> {
  const client = createRedisClient(options);
  reportOutages(client);
  // The failure itself arrives as an `error` event.
  await withinMs(client.connect().catch(ignore), CONNECT_WAIT_MS);
  return { client, prefix: options.prefix };
}

/** Ends the connection when the app ends, and warns of a server that may forget. */
@Injectable()
export class RedisLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(REDIS) private readonly redis: RedisConnection) {}

  /** Evicted keys are forgotten limits and lost codes. */
  async onApplicationBootstrap(): Promise<void> {
    const { client } = this.redis;
    if (client.status !== 'ready') return;
    // Hosted servers may refuse INFO or leave the field out: then there is nothing to say.
    const memory = await client.info('memory').catch(() => '');
    const policy = /^maxmemory_policy:(.+)$/m.exec(memory)?.[1].trim();
    if (policy && policy !== 'noeviction') {
      const message = `maxmemory-policy is ${policy}: limits and codes may be evicted. Set it to noeviction.`;
      logger.warn({ event: 'redis.evicting', message, policy });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    const { client } = this.redis;
    // `quit` would wait for a reconnect for ever when the server is gone.
    if (client.status === 'ready') await withinMs(client.quit().catch(ignore), QUIT_WAIT_MS);
    client.disconnect();
  }
}

/** Without a listener ioredis prints every failed attempt with its stack; people want to read it once. */
function reportOutages(client: Redis | Cluster): void {
  let lost = false;
  client.on('error', (error: Error) => {
    if (!lost) logger.warn(`The store is not available, reconnecting: ${error.message || error.name}`);
    lost = true;
  });
  client.on('ready', () => {
    if (lost) logger.log('The store is available again');
    lost = false;
  });
}

async function withinMs(work: Promise<unknown>, ms: number): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: timer.signal }).catch(ignore)]);
  timer.abort();
}

const ignore = () => undefined;
