import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, freePort } from './child.mjs';
import { openStores } from './stores.mjs';

export const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const SERVICE = here('../dist/src/main.js');

/** Limits are on and never met. RESEND_COOLDOWN is not a limit on load: 0 lets one account log in many times. */
const WIDE = {
  RESEND_COOLDOWN: '0',
  PHONE_HOURLY_LIMIT: '1000000',
  PHONE_DAILY_LIMIT: '1000000',
  CHECK_HOURLY_LIMIT: '1000000',
  IP_HOURLY_LIMIT: '1000000',
  SEGMENT_HOURLY_LIMIT: '1000000',
  LIVE_VERIFICATIONS: '1000',
  THROTTLE_PER_MINUTE: '1000000',
};

/**
 * As in production, but for the gateway: `inbox` only says that it took the message. The access log is on.
 * The load comes as if from behind a load balancer.
 */
const SERVICE_ENV = {
  ...WIDE,
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'info',
  CAPTCHA_MODE: 'never',
  SMS_PROVIDERS: 'inbox',
  TRUSTED_PROXIES: '127.0.0.1',
  ACCESS_TOKEN_TTL: '3600',
  PUBLIC_URL: 'https://accounts.example.com',
};

/*
 * What is opened here takes the `run` it belongs to: `folder` for its files, `undoing` for its end, `say` for progress.
 */

/** @returns seconds from the start of the process to /readyz 200, on a new data folder and once more on the same */
export async function measureStartup(run) {
  const dataDir = join(run.folder, 'startup');
  const seconds = async () => {
    const port = await freePort();
    const env = { ...process.env, ...SERVICE_ENV, PORT: String(port), DATA_DIR: dataDir };
    delete env.DATABASE_URL;
    delete env.REDIS_URL;
    const service = openChild('the service', SERVICE, env, run);
    const ms = await service.ready(`http://127.0.0.1:${port}/readyz`);
    await service.stop();
    return ms / 1_000;
  };
  run.say('Starting with embedded stores, twice');
  const first = await seconds();
  const later = await seconds();
  return { first, later };
}

/**
 * The built service, and the stores it works on.
 * @param name in names of files, and for people where there is more than one
 * @param env what differs from the usual
 * @param given `databaseUrl` and `redisUrl`, where they are not to be embedded
 */
export async function openService(name, env, run, given = {}) {
  const storesFolder = join(run.folder, `stores-${name}`);
  mkdirSync(storesFolder, { mode: 0o711 });
  const stores = await openStores(storesFolder, given, run.say);
  run.undoing.push(() => stores.close());
  const secretKey = randomBytes(32);
  const target = await openTarget(
    name === 'main' ? 'the service' : `the service (${name})`,
    SERVICE,
    '/readyz',
    {
      ...SERVICE_ENV,
      ...env,
      DATABASE_URL: stores.databaseUrl,
      REDIS_URL: stores.redisUrl,
      SECRET_KEY: secretKey.toString('base64'),
      DATA_DIR: join(run.folder, `data-${name}`),
    },
    run,
  );
  return { target, stores, secretKey };
}

/** A process that serves HTTP, once it does. */
export async function openTarget(name, file, readyPath, env, run) {
  const port = await freePort();
  const child = openChild(name, file, { ...process.env, ...env, PORT: String(port) }, run);
  const url = `http://127.0.0.1:${port}`;
  await child.ready(url + readyPath);
  return { name, child, url };
}

/** The process that makes load. */
export function openLoader(run) {
  return openChild('the load', here('./load.mjs'), process.env, run);
}

function openChild(name, file, env, { folder, undoing }) {
  const logFile = join(folder, `${name.replaceAll(/[ ()]+/g, '-')}.log`);
  const child = new Child({ name, file, env, logFile });
  undoing.push(() => child.stop());
  return child;
}
