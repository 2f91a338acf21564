import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildIfNeeded } from '../support/service-process';
import { FaultyPostgres } from './faulty-postgres';
import { FaultyRedis } from './faulty-redis';
import { play, type Result } from './matrix';
import { killDescendants } from './process-tree';
import { HELP, type Options, readOptions } from './options';
import type { World } from './run';
import type { Scenario } from './scenario';
import { findingsOf, tableOf } from './table';

const ROOT = join(__dirname, '..', '..');
const say = (text: string) => process.stderr.write(`${text}\n`);

/** `npm run test:faults`. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'gatecode-faults-'));
  chmodSync(folder, 0o711); // under root PostgreSQL runs as somebody else, who must get through
  cleanUpWhenInterrupted(folder);
  const world = await open(folder, options);
  try {
    const results = await playAll(world, options);
    process.stdout.write(`${tableOf(results)}\n`);
    return results.some(({ violations }) => violations.length > 0) ? 1 : 0;
  } finally {
    await Promise.all([world.postgres.stop(), world.redis.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two stores for all runs, and a copy of the build: a source that is saved meanwhile does not change it. */
export async function open(
  folder: string,
  { rounds, isSlow, dist }: Pick<Options, 'rounds' | 'isSlow' | 'dist'>,
): Promise<World> {
  if (!dist) buildIfNeeded();
  cpSync(dist ? resolve(dist) : join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const [postgres, redis] = await Promise.all([FaultyPostgres.prepare(folder), FaultyRedis.prepare()]);
  await Promise.all([postgres.start(), redis.start()]);
  return { postgres, redis, dist: join(folder, 'dist'), rounds, isSlow };
}

/** Servers and instances lead groups of their own: Ctrl-C does not reach them. */
function cleanUpWhenInterrupted(folder: string): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      killDescendants(process.pid);
      rmSync(folder, { recursive: true, force: true });
      process.exit(1);
    });
  }
}

async function playAll(world: World, options: Options): Promise<Result[]> {
  const results: Result[] = [];
  for (const scenario of options.scenarios) {
    const counts = options.instances.filter((count) => scenario.instances?.includes(count) ?? true);
    for (const count of counts) {
      say(`${scenario.name} on ${count}...`);
      const startedAt = Date.now();
      const result = await play(world, scenario, count).catch((error: unknown) =>
        failed(scenario, count, error),
      );
      results.push(result);
      say(`  ${Math.round((Date.now() - startedAt) / 1_000)} s, ${result.violations.length} findings`);
      if (result.violations.length > 0) keepEvidence(result, options);
    }
  }
  return results;
}

/** A run that could not be played to its end proves nothing. */
function failed({ name }: Scenario, instances: number, error: unknown): Result {
  const { message, stack = '' } = error as Error;
  const what = message.split('\n')[0];
  return {
    scenario: name,
    instances,
    requests: 0,
    accepted: 0,
    messages: 0,
    unknown: 0,
    extra: 0,
    worstMs: 0,
    violations: [{ rule: 'not-played', what, lines: [] }],
    output: stack,
  };
}

function keepEvidence(result: Result, { keep = join(tmpdir(), 'gatecode-faults-logs') }: Options): void {
  say(findingsOf(result));
  mkdirSync(keep, { recursive: true });
  const file = join(keep, `${result.scenario}-${result.instances}.log`);
  writeFileSync(file, result.output);
  say(`  what the instances wrote: ${file}`);
}
