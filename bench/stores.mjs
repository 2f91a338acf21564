import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';

const require = createRequire(import.meta.url);
const DRAIN_MS = 60_000;

/** Opens the stores of a run: embedded ones in `folder`, or the caller's, on which it takes away what it made. */
export async function openStores(folder, given, log) {
  const closing = [];
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    const embedded = await startEmbedded(folder, given, log);
    closing.push(() => embedded.stop());
    const databaseUrl = embedded.databaseUrl ?? (await createDatabase(given.databaseUrl, closing));
    const redisUrl = embedded.redisUrl ?? (await claimRedis(given.redisUrl, closing));
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    client.on('error', () => undefined);
    closing.push(() => client.end());
    const description = embedded.description.length > 0 ? embedded.description.join('; ') : 'as given';
    return { databaseUrl, redisUrl, description, outbox: new Outbox(client), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The message table, looked at from outside. */
class Outbox {
  #client;
  #settled = 0;

  constructor(client) {
    this.#client = client;
  }

  /** Waits until nothing is on its way. @returns how long that took, and what was dispatched since the last call */
  async drained() {
    const ms = await this.quiet();
    const { rows } = await this.#client.query(
      `SELECT count(*)::int AS settled, count(*) FILTER (WHERE state <> 'accepted')::int AS failed FROM sms_messages`,
    );
    const [{ settled, failed }] = rows;
    if (failed > 0) throw new Error(`${failed} messages were not accepted by the provider`);
    const dispatched = settled - this.#settled;
    this.#settled = settled;
    return { ms, dispatched };
  }

  /** Waits as long as anything is on its way. @returns milliseconds */
  async quiet() {
    const startedAt = performance.now();
    while (await this.#isBusy()) {
      if (performance.now() - startedAt > DRAIN_MS)
        throw new Error(`The outbox is not empty after ${DRAIN_MS} ms`);
      await delay(20);
    }
    return performance.now() - startedAt;
  }

  async #isBusy() {
    const { rows } = await this.#client.query(
      `SELECT EXISTS (SELECT FROM sms_messages WHERE state = 'queued')
           OR EXISTS (SELECT FROM sms_messages WHERE state = 'calling') AS busy`,
    );
    return rows[0].busy;
  }
}

async function startEmbedded(dataDir, { databaseUrl, redisUrl }, log) {
  const { startEmbeddedStores } = require('../dist/src/embedded/embedded-stores.js');
  return startEmbeddedStores({ dataDir, needPostgres: !databaseUrl, needRedis: !redisUrl, log });
}

async function createDatabase(serverUrl, closing) {
  const name = `gatecode_bench_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  closing.push(() => onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

async function onServer(url, statement) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Keys can't be told from those of another instance, so there must be none. */
async function claimRedis(url, closing) {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: null });
  redis.on('error', () => undefined);
  closing.push(() => redis.disconnect());
  if ((await redis.dbsize()) > 0) throw new Error('The Redis of REDIS_URL has keys: give an empty one');
  closing.push(async () => {
    const keys = await redis.keys('gatecode:*');
    while (keys.length > 0) await redis.unlink(...keys.splice(0, 1_000));
  });
  return url;
}
