import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { startEmbeddedStores, type EmbeddedStores } from '../src/embedded/embedded-stores';
import { isRunning } from '../src/embedded/processes';

jest.setTimeout(30_000);

const LOADER = join(__dirname, 'support', 'load-typescript.js');
const SOURCE = join(__dirname, '..', 'src', 'embedded', 'embedded-stores.ts');
/** The path that no Redis of the machine is on; js-redis-server is then the one that starts. */
const BARE_PATH = '/nonexistent';
const isRoot = process.getuid?.() === 0;

let root: string;
let dataDir: string;
let log: string[];

let running: EmbeddedStores[] = [];

async function start(
  options: Partial<Parameters<typeof startEmbeddedStores>[0]> = {},
): Promise<EmbeddedStores> {
  const stores = await startEmbeddedStores({
    dataDir,
    needPostgres: true,
    needRedis: true,
    unsafeFast: true,
    log: (message) => log.push(message),
    ...options,
  });
  running.push(stores);
  return stores;
}

interface StartedChild {
  child: ChildProcess;
  databaseUrl: string;
}

/** Starts the stores in a process of its own, which can be killed. */
async function startInChild(
  after = 'setInterval(() => undefined, 1000)',
  path = BARE_PATH,
): Promise<StartedChild> {
  const script = `
    require(${JSON.stringify(LOADER)}).loadTypescript();
    require(${JSON.stringify(SOURCE)})
      .startEmbeddedStores({ dataDir: ${JSON.stringify(dataDir)}, needPostgres: true, needRedis: true, log() {} })
      .then((stores) => { console.log(stores.databaseUrl); ${after}; });`;
  const child = spawn(process.execPath, ['-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: path },
  });
  const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  return { child, databaseUrl: String(line).trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function query({ databaseUrl }: { databaseUrl?: string }, sql: string): Promise<object[]> {
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    return (await client.query<object>(sql)).rows;
  } finally {
    await client.end();
  }
}

const postgresPidFile = () => join(dataDir, 'postgres', 'postmaster.pid');
const postgresPid = () => Number(readFileSync(postgresPidFile(), 'utf8').split('\n')[0]);
const redisPid = () => JSON.parse(readFileSync(join(dataDir, 'redis.pid'), 'utf8')).pid as number;

async function hasEnded(pid: number): Promise<boolean> {
  for (let i = 0; i < 200 && isRunning(pid); i++) await delay(10);
  return !isRunning(pid);
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'gatecode-spec-'));
  chmodSync(root, 0o711); // PostgreSQL's user must get through when root runs this
  dataDir = join(root, '.data');
});

beforeEach(() => {
  log = [];
});

afterEach(async () => {
  await Promise.all(running.map((stores) => stores.stop()));
  running = [];
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('embedded stores', () => {
  const path = process.env.PATH;

  beforeEach(() => {
    process.env.PATH = BARE_PATH;
  });

  afterEach(() => {
    process.env.PATH = path;
  });

  it('start both on the loopback address, say what they are, and stop without a trace', async () => {
    const stores = await start();
    const pids = [postgresPid(), redisPid()];
    expect(stores.databaseUrl).toMatch(/^postgres:\/\/gatecode@127\.0\.0\.1:\d+\/gatecode$/);
    expect(stores.description).toEqual([
      expect.stringMatching(/^PostgreSQL 18\.\d+ embedded, data in .*postgres$/),
      'js-redis-server (in memory, lost at stop)',
    ]);
    expect(await query(stores, 'SELECT current_database() AS name')).toEqual([{ name: 'gatecode' }]);
    const redis = new Redis(stores.redisUrl as string);
    expect(await redis.eval('return redis.call("SET", KEYS[1], ARGV[1])', 1, 'key', 'value')).toBe('OK');
    redis.disconnect();

    const before = Date.now();
    await stores.stop();
    expect(Date.now() - before).toBeLessThan(5_000);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(readdirSync(dataDir)).toEqual(['postgres']);
    expect(log).toEqual([]);
  });

  it('keep the rows for the next start', async () => {
    const first = await start({ needRedis: false });
    expect(first.redisUrl).toBeUndefined();
    await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await start({ needRedis: false });
    expect(await query(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('are started again after their process was killed, and nothing of the old ones is left', async () => {
    const { child, databaseUrl } = await startInChild();
    await query({ databaseUrl }, 'CREATE TABLE survived AS SELECT 43 AS answer');
    const [postgres, redis] = [postgresPid(), redisPid()];
    await kill(child);
    expect(await hasEnded(redis)).toBe(true); // by itself: the channel to its parent closed

    const stores = await start();
    expect(isRunning(postgres)).toBe(false);
    expect(await query(stores, 'SELECT answer FROM survived')).toEqual([{ answer: 43 }]);
  });

  it('end with a process that exits without stopping them', async () => {
    const { child } = await startInChild('setTimeout(() => process.exit(), 500)');
    const pids = [postgresPid(), redisPid()];
    await once(child, 'exit');
    expect(await Promise.all(pids.map(hasEnded))).toEqual([true, true]);
  });

  it('are refused on a data folder that another process uses', async () => {
    const { child } = await startInChild();
    await expect(start()).rejects.toThrow(
      new RegExp(`in use by another running Gatecode \\(process ${child.pid}\\).*DATA_DIR.*DATABASE_URL`),
    );
    await kill(child);
    await start();
  });

  it('do not take another process for the old server because it got its number', async () => {
    await (await start()).stop();
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], {
      stdio: 'ignore',
    });
    writeFileSync(postgresPidFile(), `${stranger.pid}\n${join(dataDir, 'postgres')}\n`);
    const stores = await start();
    expect(await query(stores, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(isRunning(stranger.pid as number)).toBe(true);
    await kill(stranger);
  });

  it('end a real Redis that a killed process left running', async () => {
    if (process.platform === 'win32') return;
    const bin = join(root, 'bin');
    mkdirSync(bin);
    const fake = `#!${process.execPath}
      if (process.argv[2] === '--version') return console.log('Redis server v=7.4.2 sha=00000000:0');
      console.log('* Ready to accept connections tcp');
      setInterval(() => undefined, 1000);`;
    writeFileSync(join(bin, 'redis-server'), fake, { mode: 0o755 });
    const { child } = await startInChild(undefined, [BARE_PATH, bin].join(delimiter));
    const redis = redisPid();
    await kill(child);
    expect(isRunning(redis)).toBe(true);

    process.env.PATH = bin;
    const stores = await start({ needPostgres: false });
    expect(await hasEnded(redis)).toBe(true);
    expect(stores.description).toEqual(['redis-server 7.4.2 (in memory, lost at stop)']);
  });

  it('pass over a Redis that is too old', async () => {
    const bin = join(root, 'old');
    mkdirSync(bin);
    const old = `#!/bin/sh\necho 'Redis server v=5.0.14 sha=00000000:0'\n`;
    writeFileSync(join(bin, 'redis-server'), old, { mode: 0o755 });
    process.env.PATH = bin;
    const stores = await start({ needPostgres: false });
    expect(stores.description).toEqual(['js-redis-server (in memory, lost at stop)']);
  });

  it('start over from a folder that was never completed, and keep what was in it aside', async () => {
    mkdirSync(join(dataDir, 'postgres', 'base'), { recursive: true });
    rmSync(join(dataDir, 'postgres', 'global', 'pg_control'), { force: true });
    mkdirSync(join(dataDir, 'postgres.initdb-killed'));
    const stores = await start({ needRedis: false });
    expect(await query(stores, `SELECT to_regclass('kept') AS kept`)).toEqual([{ kept: null }]);
    await stores.stop({ deleteData: true });
    expect(readdirSync(dataDir)).toEqual([expect.stringMatching(/^postgres\.incomplete-\d+$/)]);
    expect(log).toEqual([expect.stringContaining('held no complete database')]);
  });

  it('leave nothing running and the folder free when one of them cannot start', async () => {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(join(dataDir, 'postgres'), 'a file where a folder should be');
    await expect(start()).rejects.toThrow();
    expect(readdirSync(dataDir).filter((name) => /lock|redis/.test(name))).toEqual([]);
    rmSync(join(dataDir, 'postgres'));
  });
});

(isRoot ? describe : describe.skip)('embedded stores under root', () => {
  it('run PostgreSQL as somebody else', async () => {
    const stores = await start({ needRedis: false });
    const { stdout } = await promisify(execFile)('ps', ['-o', 'uid=', '-p', String(postgresPid())]);
    expect(Number(stdout)).toBeGreaterThan(0);
    expect(statSync(join(dataDir, 'postgres')).uid).toBe(Number(stdout));
    await stores.stop({ deleteData: true });
  });

  it('move the database out of a home that nobody else may enter, until its data folder is deleted', async () => {
    chmodSync(root, 0o700);
    const first = await start({ needRedis: false });
    await query(first, 'CREATE TABLE kept ()');
    await first.stop();
    const moved = readFileSync(join(dataDir, 'postgres.moved'), 'utf8').trim();
    expect(first.description[0]).toContain(moved);

    const second = await start({ needRedis: false });
    expect(await query(second, `SELECT to_regclass('kept') AS kept`)).toEqual([{ kept: 'kept' }]);
    await second.stop();

    rmSync(dataDir, { recursive: true });
    const third = await start({ needRedis: false });
    expect(await query(third, `SELECT to_regclass('kept') AS kept`)).toEqual([{ kept: null }]);
    await third.stop({ deleteData: true });
    expect(existsSync(moved)).toBe(false);
    chmodSync(root, 0o711);
  });
});
