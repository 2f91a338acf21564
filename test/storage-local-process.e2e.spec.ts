import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalDriver, Secrets } from '../src';
import { eventually } from './support/eventually';

const MIB = 1024 * 1024;
const TOTAL = 200 * MIB;

/** Puts noise, of so many bytes or for ever; tells when it begins and what it came to. */
const WRITER = `
  require('./test/support/load-typescript').loadTypescript();
  const { createHash, createCipheriv } = require('node:crypto');
  const { Readable } = require('node:stream');
  const { LocalDriver } = require('./src/storage/drivers/local/local.driver');
  const { Secrets } = require('./src/common/secrets');
  const [folder, total] = JSON.parse(process.argv[1]);
  const sha256 = createHash('sha256');
  function* noise() {
    const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
    for (let left = total ?? Infinity; left > 0; left -= 65536) {
      const chunk = cipher.update(Buffer.alloc(Math.min(left, 65536)));
      sha256.update(chunk);
      yield chunk;
      if (total === null) process.send('writing');
    }
  }
  (async () => {
    const type = { contentType: 'application/octet-stream' };
    const secrets = new Secrets(Buffer.alloc(32));
    const store = await LocalDriver.open({ folder, baseUrl: 'http://127.0.0.1/v1/storage/local', secrets });
    await store.put('warm/up', Buffer.alloc(1000), type);
    const before = process.memoryUsage.rss();
    let most = before;
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
    const startedAt = Date.now();
    const { size } = await store.put('large/object', Readable.from(noise(), { objectMode: false }), type);
    clearInterval(timer);
    const seconds = (Date.now() - startedAt) / 1000;
    process.send({ size, extra: most - before, seconds, sha256: sha256.digest('hex') });
    process.disconnect();
  })();`;

interface Report {
  readonly size: number;
  readonly extra: number;
  readonly seconds: number;
  readonly sha256: string;
}

describe('a process that writes to a folder', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatecode-store-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const start = (total: number | null) =>
    spawn(process.execPath, ['-e', WRITER, JSON.stringify([folder, total])], {
      cwd: join(__dirname, '..'),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  const open = () =>
    LocalDriver.open({
      folder,
      baseUrl: 'http://127.0.0.1/v1/storage/local',
      secrets: new Secrets(Buffer.alloc(32)),
    });
  const incoming = () => readdir(join(folder, 'incoming'));

  it('stores 200 MiB byte for byte, and never takes 100 MiB of memory', async () => {
    const child = start(TOTAL);
    const [report] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error('The writer has failed');
      }),
    ])) as [Report];
    const store = await open();
    const sha256 = createHash('sha256');
    for await (const chunk of (await store.getStream('large/object')).stream) sha256.update(chunk as Buffer);
    expect(report.size).toBe(TOTAL);
    expect(sha256.digest('hex')).toBe(report.sha256);
    expect(report.extra).toBeLessThan(100 * MIB);
    if (process.env.SHOW_FIGURES) process.stdout.write(`${JSON.stringify(report)}\n`);
  }, 120_000);

  it('leaves nothing but a temporary file when it is killed, which the next one sweeps away', async () => {
    const child = start(null);
    await once(child, 'message');
    expect(await incoming()).toHaveLength(1);

    // Another one that starts meanwhile leaves it alone.
    await open();
    expect(await incoming()).toHaveLength(1);

    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    expect(await incoming()).toHaveLength(1);

    const store = await open();
    await eventually('swept', async () => (await incoming()).length === 0);
    expect(await store.stat('large/object')).toBeUndefined();
    expect(await store.stat('warm/up')).toMatchObject({ size: 1_000 });
  }, 60_000);
});
