import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { isAbandoned, lockDataFolder } from './data-folder-lock';
import { discardPostgres, startEmbeddedPostgres, type EmbeddedStore } from './embedded-postgres';
import { discardRedis, startEmbeddedRedis } from './embedded-redis';
import { EmbeddedStoreError } from './embedded-store.error';

export interface EmbeddedStoresOptions {
  /** Folder of everything that is kept, absolute or relative to the working directory; made when missing. */
  dataDir: string;
  needPostgres: boolean;
  needRedis: boolean;
  /** Gives up durability for speed: for tests. */
  unsafeFast?: boolean;
  /** Takes what a person should know, one line each: a first start, a store that died. */
  log: (message: string) => void;
}

export interface EmbeddedStores {
  databaseUrl?: string;
  redisUrl?: string;
  /** One line per started store: what it is and where its data are. */
  description: string[];
  /** Ends the stores within five seconds; they end by themselves when the process exits without this. A second call only waits. */
  stop(options?: { deleteData?: boolean }): Promise<void>;
}

/**
 * Starts PostgreSQL and Redis for development and tests, on free ports of the loopback address.
 * Also ends what an earlier process that was killed left running on the same folder.
 * @throws {EmbeddedStoreError} when the folder is in use or a store can't run here; nothing is left running
 */
export async function startEmbeddedStores(options: EmbeddedStoresOptions): Promise<EmbeddedStores> {
  const dataDir = makeDataFolder(options.dataDir);
  const { log, unsafeFast = false } = options;
  const unlock = await lock(dataDir);
  const [postgres, redis] = await startBoth(
    options.needPostgres ? startEmbeddedPostgres({ dataDir, unsafeFast, log }) : undefined,
    options.needRedis ? startEmbeddedRedis({ dataDir, log }) : undefined,
  ).catch((error: unknown) => {
    unlock();
    throw error;
  });
  const stores = [postgres, redis].filter((store) => store !== undefined);
  // The last resort: an error or a process.exit() that nobody saw coming.
  const atExit = () => stores.forEach((store) => store.signalAtExit());
  process.once('exit', atExit);

  const stopAll = async (deleteData: boolean) => {
    await Promise.all(stores.map((store) => store.stop()));
    process.off('exit', atExit);
    unlock();
    if (deleteData) stores.forEach((store) => store.removeData());
  };
  let stopped: Promise<void> | undefined;

  return {
    databaseUrl: postgres?.url,
    redisUrl: redis?.url,
    description: stores.map(({ description }) => description),
    stop: ({ deleteData = false } = {}) => (stopped ??= stopAll(deleteData)),
  };
}

/**
 * Ends what a killed process left running on a data folder that nobody will start on again, and deletes the
 * folder. Does nothing when the folder was never used, or is in use.
 */
export async function discardAbandonedStores(dataDir: string): Promise<void> {
  if (!isAbandoned(dataDir)) return;
  await discardRedis(dataDir);
  await discardPostgres(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
}

/** Both at the same time; when one fails, the other is stopped again. */
async function startBoth(
  postgres: Promise<EmbeddedStore> | undefined,
  redis: Promise<EmbeddedStore> | undefined,
): Promise<(EmbeddedStore | undefined)[]> {
  try {
    return await Promise.all([postgres, redis]);
  } catch (error) {
    const stop = (store?: EmbeddedStore) => store?.stop();
    await Promise.allSettled([postgres?.then(stop), redis?.then(stop)]);
    throw error;
  }
}

function makeDataFolder(dataDir: string): string {
  const folder = resolve(dataDir);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw notWritable(folder, error);
  }
  return folder;
}

async function lock(dataDir: string): Promise<() => void> {
  try {
    return await lockDataFolder(dataDir);
  } catch (error) {
    throw error instanceof EmbeddedStoreError ? error : notWritable(dataDir, error);
  }
}

function notWritable(folder: string, error: unknown): EmbeddedStoreError {
  return new EmbeddedStoreError(
    `The data folder ${folder} can't be written (${(error as Error).message}). ` +
      'Choose another with DATA_DIR, or set DATABASE_URL and REDIS_URL.',
  );
}
