import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { S3Bucket } from './support/s3-bucket';
import { describeS3, S3_START_MS } from './support/s3-server';

const MIB = 1024 ** 2;
const TOTAL = 200 * MIB;
const KEY = 'large/object';

/** A process of its own: in Jest's there is more than the driver. */
const UPLOADER = `
  require('./test/support/load-typescript').loadTypescript();
  const { createHash, createCipheriv } = require('node:crypto');
  const { Readable } = require('node:stream');
  const { S3Driver } = require('./src/storage/drivers/s3/s3.driver');
  const [options, key, total] = JSON.parse(process.argv[1]);
  const store = new S3Driver(options);
  const sha256 = createHash('sha256');
  function* noise() {
    const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
    for (let left = total; left > 0; left -= 65536) {
      const chunk = cipher.update(Buffer.alloc(Math.min(left, 65536)));
      sha256.update(chunk);
      yield chunk;
    }
  }
  (async () => {
    const type = { contentType: 'application/octet-stream' };
    await store.put('warm/up', Buffer.alloc(1000), type);
    const before = process.memoryUsage.rss();
    let most = before;
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
    const startedAt = Date.now();
    const { size } = await store.put(key, Readable.from(noise(), { objectMode: false }), type);
    clearInterval(timer);
    const seconds = (Date.now() - startedAt) / 1000;
    process.send({ size, extra: most - before, seconds, sha256: sha256.digest('hex') });
    await store.close();
    process.disconnect();
  })();`;

interface Report {
  readonly size: number;
  readonly extra: number;
  readonly seconds: number;
  readonly sha256: string;
}

describeS3('a stream of 200 MiB to S3', () => {
  let bucket: S3Bucket;

  beforeAll(async () => {
    bucket = await S3Bucket.open();
  }, S3_START_MS);
  afterAll(() => bucket?.close());

  it('arrives byte for byte, and never takes 100 MiB of memory', async () => {
    const child = spawn(process.execPath, ['-e', UPLOADER, JSON.stringify([bucket.options, KEY, TOTAL])], {
      cwd: join(__dirname, '..'),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [report] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error('The uploader has failed');
      }),
    ])) as [Report];
    const sha256 = createHash('sha256');
    const { stream, facts } = await bucket.driver.getStream(KEY);
    for await (const chunk of stream) sha256.update(chunk as Buffer);
    expect([report.size, facts.size]).toEqual([TOTAL, TOTAL]);
    expect(sha256.digest('hex')).toBe(report.sha256);
    expect(report.extra).toBeLessThan(100 * MIB);
    if (process.env.SHOW_FIGURES) process.stdout.write(`${JSON.stringify(report)}\n`);
  }, 120_000);
});
