import { Cluster, type Redis } from 'ioredis';
import { redactText } from '../common/redaction';
import { createRedisClient } from '../redis/redis-client';
import { fail, type Finding, ok, warn } from './finding';
import { CALL_MS, within } from './time-limit';

const OLDEST = [6, 2] as const;
const PINGS = 5;
/** A request makes up to two round trips. */
const SLOW_MS = 50;

/** Redis or Valkey: reached, new enough, not evicting, near. Nothing is written. */
export async function checkRedis(url: string): Promise<Finding[]> {
  const client = createRedisClient({ url });
  let lastError: Error | undefined;
  client.on('error', (error: Error) => (lastError = error));
  const unreachable = () => [
    fail(
      'redis',
      redactText(lastError?.message || lastError?.name || 'it gave no answer in time'),
      'Start Redis there, or correct REDIS_URL',
    ),
  ];
  try {
    return await within(CALL_MS, look(client), unreachable);
  } catch (error) {
    lastError ??= error as Error;
    return unreachable();
  } finally {
    client.disconnect();
  }
}

async function look(client: Redis | Cluster): Promise<Finding[]> {
  await client.connect();
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  const infos = await Promise.all(nodes.map((node) => node.info()));
  const policies = await Promise.all(nodes.map((node, index) => policyOf(node, infos[index])));
  return [judgeVersion(infos), judgeEviction(policies), judgeLatency(await roundTrip(client))];
}

/** @param infos answers of INFO, one for each node */
export function judgeVersion(infos: readonly string[]): Finding {
  const versions = infos.map((info) => field(info, 'redis_version') ?? '');
  const name = infos.some((info) => field(info, 'valkey_version')) ? 'Valkey, as Redis' : 'Redis';
  const nodes = infos.length > 1 ? `, ${infos.length} nodes` : '';
  const old = versions.find((version) => !isNewEnough(version));
  return old === undefined
    ? ok('redis', `${name} ${[...new Set(versions)].join(', ')} answers${nodes}`)
    : fail(
        'redis',
        `version ${old || 'unknown'} is too old`,
        `Use Redis ${OLDEST.join('.')} or newer, or Valkey`,
      );
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** @param policies of every node; nothing where a hosted server keeps it to itself */
export function judgeEviction(policies: readonly (string | undefined)[]): Finding {
  const evicting = policies.find((policy) => policy !== undefined && policy !== 'noeviction');
  if (evicting) {
    const remedy = 'Set maxmemory-policy to noeviction';
    return warn('redis eviction', `${evicting}: limits and codes may be forgotten`, remedy);
  }
  const isTold = policies.every((policy) => policy !== undefined);
  return ok('redis eviction', isTold ? 'noeviction' : 'the server does not tell; it must be noeviction');
}

async function policyOf(node: Redis, info: string): Promise<string | undefined> {
  const told = field(info, 'maxmemory_policy');
  if (told) return told;
  // Hosted servers may refuse CONFIG.
  const answer = await node.config('GET', 'maxmemory-policy').catch(() => []);
  return (answer as string[])[1];
}

export function judgeLatency(ms: number): Finding {
  const detail = `${ms < 1 ? 'under 1' : Math.round(ms)} ms for a round trip`;
  return ms <= SLOW_MS
    ? ok('redis latency', detail)
    : warn('redis latency', detail, 'Run the service near its Redis: a request makes two round trips');
}

/** Median, milliseconds. */
async function roundTrip(client: Redis | Cluster): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < PINGS; turn += 1) {
    const startedAt = performance.now();
    await client.ping();
    times.push(performance.now() - startedAt);
  }
  return times.sort((one, other) => one - other)[Math.floor(PINGS / 2)];
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.+)$`, 'm').exec(info)?.[1].trim();
}
