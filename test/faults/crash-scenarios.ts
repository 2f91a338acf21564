import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '../../src/common/crash-points';
import type { Instance } from './instance';
import type { Run } from './run';
import type { Scenario } from './scenario';

const POINTS: Readonly<Record<CrashPoint, string>> = {
  admitted: 'counted in Redis, not yet in the outbox',
  inserted: 'committed to the outbox, nobody answered',
  claimed: 'the claim is committed, no gateway was called',
  called: 'the gateway answered, nothing is recorded',
  recorded: 'the outcome is committed',
  consumed: 'a right code is spent, what it buys is not written',
  receipted: 'a receipt is committed, nobody acknowledged it',
};
/** It dies after one to this many passes. */
const MOST_PASSES = 4;
const DIES_WITHIN_MS = 60_000;

/** Kills the service again and again at one point, and starts it anew each time. */
export const CRASH_SCENARIOS: readonly Scenario[] = Object.entries(POINTS).map(([point, when]) => ({
  name: `crash-${point}`,
  what: `killed when ${when}`,
  terms: { losesAnswers: true },
  // They settle what a crash left unknown.
  withReceipts: point === 'receipted' || point === 'called',
  play: (run) => crashAgainAndAgain(run, point),
}));

async function crashAgainAndAgain({ instances, world }: Run, point: string): Promise<void> {
  let left = world.rounds;
  const keepDying = async (instance: Instance) => {
    await instance.end('SIGKILL');
    while (left > 0) {
      left -= 1;
      await instance.start({ CRASH_AT: `${point}:${1 + randomInt(MOST_PASSES)}` });
      const exit = await Promise.race([instance.exit, sleep(DIES_WITHIN_MS, undefined, { ref: false })]);
      if (exit?.signal !== 'SIGKILL')
        throw new Error(`Instance ${instance.number} did not die at ${point}:\n${instance.lastWords}`);
    }
    await instance.start();
  };
  await Promise.all(instances.map(keepDying));
}
