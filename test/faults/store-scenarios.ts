import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultyStore } from './faulty-store';
import type { Run } from './run';
import type { Scenario } from './scenario';

/** Of load before the fault, so that there is something to lose. */
const BEFORE_MS = 6_000;
const PAUSED_MS = 5_000;
const DOWN_MS = 3_000;

export const STORE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'redis-stop',
    what: 'Redis is paused for 5 s',
    play: ({ world }) => paused(world.redis),
  },
  {
    name: 'redis-kill',
    what: 'Redis is killed and comes back empty',
    play: async (run) => {
      await sleep(BEFORE_MS);
      await run.world.redis.kill();
      forget(run);
      await sleep(DOWN_MS);
      await run.world.redis.start();
    },
  },
  {
    name: 'postgres-stop',
    what: 'PostgreSQL is paused for 5 s',
    withReceipts: true,
    // What a paused server was sent it may carry out when it goes on, after the caller was told 503.
    terms: { storesRefused: true },
    play: ({ world }) => paused(world.postgres),
  },
  {
    name: 'postgres-kill',
    what: 'PostgreSQL is killed and comes back with its data',
    withReceipts: true,
    terms: { storesRefused: true },
    play: async ({ world }) => {
      await sleep(BEFORE_MS);
      await world.postgres.kill();
      await sleep(DOWN_MS);
      await world.postgres.start();
    },
  },
];

async function paused(store: FaultyStore): Promise<void> {
  await sleep(BEFORE_MS);
  store.pause();
  await sleep(PAUSED_MS);
  store.resume();
}

/** Cool-downs and hours begin anew; the day's cap does not. */
function forget({ terms }: Run): void {
  (terms.forgottenAt as number[]).push(Date.now());
}
