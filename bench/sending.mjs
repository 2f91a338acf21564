// How much slower starts are for a gateway that takes its time: one service sends through one that answers after
// 200 ms, the other through one that answers at once and does nothing.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openStores } from './stores.mjs';

/** Parallel starts. */
const CONNECTIONS = 256;
const WARM_UP = 1;

/**
 * @param given `openTarget(name, file, readyPath, folder, env)`, the load, what to run, and what the service runs with
 * @returns rounds of `{noop, gateway}`, the figures of one slice each, and the most calls that were under way at once
 */
export async function measureSending(given, { seconds, rounds }) {
  const { openTarget, gatewayFile, folder, say } = given;
  const gateway = await openTarget('the gateway', gatewayFile, '/most', folder, {});
  const sides = {
    noop: await openSide('noop', { SMS_PROVIDERS: 'inbox' }, given),
    gateway: await openSide(
      'gateway',
      {
        SMS_PROVIDERS: 'luosimao',
        LUOSIMAO_BASE_URL: gateway.url,
        LUOSIMAO_API_KEY: randomBytes(16).toString('hex'),
        LUOSIMAO_SIGNATURE: 'Gatecode',
      },
      given,
    ),
  };
  for (const side of Object.values(sides)) await slice(side, given, WARM_UP);
  const measured = [];
  for (let round = 0; round < rounds; round += 1) {
    const figures = {};
    for (const name of round % 2 ? ['gateway', 'noop'] : ['noop', 'gateway']) {
      figures[name] = await slice(sides[name], given, seconds);
    }
    measured.push(figures);
    const [noop, slow] = [figures.noop.rate, figures.gateway.rate];
    say(`Round ${round + 1}, sending: at once ${noop.toFixed(0)}/s, after 200 ms ${slow.toFixed(0)}/s`);
  }
  const most = Number(await (await fetch(`${gateway.url}/most`)).text());
  return { rounds: measured, most };
}

/** A service with stores of its own: another would send its messages. */
async function openSide(name, env, { openTarget, serviceFile, serviceEnv, folder, undoing, say }) {
  const storesFolder = join(folder, `stores-${name}`);
  mkdirSync(storesFolder, { mode: 0o711 });
  const stores = await openStores(storesFolder, {}, say);
  undoing.push(() => stores.close());
  const target = await openTarget(`the service (${name})`, serviceFile, '/readyz', folder, {
    ...serviceEnv,
    ...env,
    DATABASE_URL: stores.databaseUrl,
    REDIS_URL: stores.redisUrl,
    SECRET_KEY: randomBytes(32).toString('base64'),
    DATA_DIR: join(folder, `data-${name}`),
  });
  return { target, stores };
}

/** Every start that was accepted has to end as a message that the gateway took. */
async function slice({ target, stores }, { loader }, seconds) {
  const figures = await loader.ask('load', {
    operation: 'start',
    url: `${target.url}/v1/verifications`,
    method: 'POST',
    seconds,
    connections: CONNECTIONS,
    supply: [],
    once: false,
  });
  const { count, first } = figures.bad;
  if (count > 0) {
    throw new Error(
      `${count} bad answers of ${target.name}; the first: ${first.status} ${first.text}\n${target.child.lastWords()}`,
    );
  }
  const { dispatched, ms } = await stores.outbox.drained();
  if (dispatched !== figures.requests) {
    throw new Error(`${figures.requests} starts were accepted, but ${dispatched} messages taken`);
  }
  return { ...figures, drainedMs: ms };
}
