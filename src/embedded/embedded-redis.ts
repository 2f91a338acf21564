import { accessSync, constants, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { EmbeddedStore } from './embedded-postgres';
import { EmbeddedStoreError } from './embedded-store.error';
import {
  commandLineOf,
  endProcess,
  identify,
  isSameProcess,
  runCommand,
  type ProcessIdentity,
} from './processes';
import { REDIS_CHILD } from './redis-child';
import { findFreePort, ServerProcess } from './server-process';

export interface EmbeddedRedisOptions {
  dataDir: string;
  log: (message: string) => void;
}

interface RunningRedis {
  server: ServerProcess;
  port: number;
  name: string;
}

const STOP_STEPS: [NodeJS.Signals, number][] = [
  ['SIGTERM', 1_000],
  ['SIGKILL', 500],
];

/**
 * Starts a Redis on the loopback address: the real one when there is one on the PATH, else js-redis-server.
 * Neither keeps anything on disk. The caller has the data folder locked.
 * @throws {EmbeddedStoreError}
 */
export async function startEmbeddedRedis({ dataDir, log }: EmbeddedRedisOptions): Promise<EmbeddedStore> {
  const pidFile = join(dataDir, 'redis.pid');
  await endOrphan(pidFile);
  const { server, port, name } = (await startFromPath(log)) ?? (await startJsRedis(log));
  writeFileSync(pidFile, JSON.stringify(identify(server.pid)));
  return {
    url: `redis://127.0.0.1:${port}`,
    description: `${name} (in memory, lost at stop)`,
    stop: async () => {
      await server.stop();
      rmSync(pidFile, { force: true });
    },
    signalAtExit: () => server.signalAtExit(),
    removeData: () => undefined,
  };
}

/** Ends the server that a killed process left behind. */
export async function discardRedis(dataDir: string): Promise<void> {
  await endOrphan(join(dataDir, 'redis.pid'));
}

async function startFromPath(log: (message: string) => void): Promise<RunningRedis | undefined> {
  for (const program of ['redis-server', 'valkey-server']) {
    const command = findOnPath(program);
    const version = command && (await versionOf(command));
    if (!version) continue;
    try {
      return await startRealRedis(command, `${program} ${version}`, log);
    } catch (error) {
      log(`${command} does not start, trying another: ${(error as Error).message}`);
    }
  }
  return undefined;
}

async function startRealRedis(
  command: string,
  name: string,
  log: (message: string) => void,
): Promise<RunningRedis> {
  const port = await findFreePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const readyLine = /ready to accept connections/i;
  const [server] = await ServerProcess.launch({ name, command, args, readyLine, stopSteps: STOP_STEPS, log });
  return { server, port, name };
}

async function startJsRedis(log: (message: string) => void): Promise<RunningRedis> {
  const [server, ready] = await ServerProcess.launch({
    name: 'js-redis-server',
    command: process.execPath,
    args: ['-e', REDIS_CHILD, 'gatecode-embedded-redis', findJsRedis()],
    // The channel is how the child learns that this process is gone. Node's options are ours, not the child's.
    options: { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, NODE_OPTIONS: '' } },
    readyLine: /ready on \S+ port (\d+)/,
    stopSteps: [['SIGKILL', 1_000]], // it has nothing to save
    log,
  });
  return { server, port: Number(ready[1]), name: 'js-redis-server' };
}

function findJsRedis(): string {
  try {
    return require.resolve('js-redis-server');
  } catch {
    throw new EmbeddedStoreError(
      'No REDIS_URL is set, there is no redis-server or valkey-server (6.2 or newer) on the PATH and ' +
        'js-redis-server is not installed. Install the development packages (npm install, without ' +
        'NODE_ENV=production or --omit), or set REDIS_URL to a Redis of your own.',
    );
  }
}

function findOnPath(program: string): string | undefined {
  const file = process.platform === 'win32' ? `${program}.exe` : program;
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, file))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** "7.0.15", or undefined when it does not run or is older than 6.2. */
async function versionOf(command: string): Promise<string | undefined> {
  const { code, output } = await runCommand(command, ['--version'], { cwd: '/' });
  const [, version, major, minor] = /v=((\d+)\.(\d+)\S*)/.exec(output) ?? [];
  return code === 0 && Number(major) * 100 + Number(minor) >= 602 ? version : undefined;
}

/** A real server outlives a parent that was killed. It is ended only if it still is what we started. */
async function endOrphan(pidFile: string): Promise<void> {
  const orphan = readIdentity(pidFile);
  if (orphan && isSameProcess(orphan) && /redis|valkey/.test(commandLineOf(orphan.pid))) {
    await endProcess(orphan.pid, STOP_STEPS);
  }
  rmSync(pidFile, { force: true });
}

function readIdentity(pidFile: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(pidFile, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
