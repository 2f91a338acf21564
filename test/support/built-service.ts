import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createScratchDatabase } from './scratch-database';

const ROOT = join(__dirname, '..', '..');
const START_MS = 30_000;

export interface BuiltService {
  readonly url: string;
  stop(): Promise<void>;
}

/** Builds if need be. What the compiler plugin adds to the documents is in the build only. */
export function build(): void {
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'build-if-needed.mjs')], {
    cwd: ROOT,
    stdio: 'pipe',
  });
}

/** Starts the service as its users do, from the build, on a port and a database of its own. */
export async function startBuiltService(
  variables: Readonly<Record<string, string>> = {},
): Promise<BuiltService> {
  build();
  const database = await createScratchDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'gatecode-built-'));
  const port = await freePort();
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'src', 'main.js')], {
    cwd: dataDir,
    env: {
      PATH: process.env.PATH,
      HTTP_ADAPTER: process.env.HTTP_ADAPTER ?? 'express',
      NODE_ENV: 'development',
      LOG_LEVEL: 'error',
      PORT: String(port),
      DATA_DIR: dataDir,
      DATABASE_URL: database.url,
      REDIS_URL: process.env.REDIS_URL,
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const service = {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      await end(child);
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  try {
    await ready(service.url, child);
  } catch (error) {
    await service.stop();
    throw new Error(`The service did not start:\n${output.join('')}`, { cause: error });
  }
  return service;
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  for (const until = Date.now() + START_MS; Date.now() < until;) {
    if (child.exitCode !== null) throw new Error(`exit code ${child.exitCode}`);
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(50);
  }
  throw new Error('not ready in time');
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
