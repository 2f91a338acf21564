import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';

import { QINIU_ACCOUNT } from './support/simulators/qiniu-account';
import { QiniuSimulator } from './support/simulators/qiniu.simulator';

const MIB = 1024 * 1024;
const TOTAL = 200 * MIB;

/** A process of its own: in Jest's, the simulator keeps what it is sent. */
const UPLOADER = `
  require('./test/support/load-typescript').loadTypescript();
  const { createHash, createCipheriv } = require('node:crypto');
  const { Readable } = require('node:stream');
  const { QiniuDriver } = require('./src/storage/drivers/qiniu/qiniu.driver');
  const [options, total] = JSON.parse(process.argv[1]);
  const store = new QiniuDriver(options);
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
    const { size } = await store.put('large/object', Readable.from(noise(), { objectMode: false }), type);
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

describe('a stream of 200 MiB', () => {
  it('arrives byte for byte, and never takes 100 MiB of memory', async () => {
    const simulator = await QiniuSimulator.start();
    try {
      const { url } = simulator;
      const options = {
        accessKey: QINIU_ACCOUNT.accessKey,
        secretKey: QINIU_ACCOUNT.secretKey,
        bucket: 'avatars',
        domain: simulator.domain(),
        uploadUrl: url,
        rsUrl: url,
        rsfUrl: url,
      };
      const child = spawn(process.execPath, ['-e', UPLOADER, JSON.stringify([options, TOTAL])], {
        cwd: join(__dirname, '..'),
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      const [report] = (await Promise.race([
        once(child, 'message'),
        once(child, 'exit').then(() => {
          throw new Error('The uploader has failed');
        }),
      ])) as [Report];
      const stored = simulator.object('large/object')?.content ?? Buffer.alloc(0);
      expect(report.size).toBe(TOTAL);
      expect(stored.length).toBe(TOTAL);
      expect(createHash('sha256').update(stored).digest('hex')).toBe(report.sha256);
      expect(report.extra).toBeLessThan(100 * MIB);
      if (process.env.SHOW_FIGURES) process.stdout.write(`${JSON.stringify(report)}\n`);
    } finally {
      await simulator.stop();
    }
  }, 120_000);
});
