// A process of its own that puts noise into a store and reads it back: in Jest's there is more than the driver. What it is
// told stands in LARGE_OBJECT; what it saw goes to its parent.
const { loadTypescript } = require('./load-typescript');

loadTypescript();
const { createCipheriv, createHash } = require('node:crypto');
const { Readable } = require('node:stream');
const { LocalDriver } = require('../../src/storage/drivers/local/local.driver');
const { QiniuDriver } = require('../../src/storage/drivers/qiniu/qiniu.driver');
const { S3Driver } = require('../../src/storage/drivers/s3/s3.driver');
const { Secrets } = require('../../src/common/secrets');

const STORES = {
  local: (options) => LocalDriver.open({ ...options, secrets: new Secrets(Buffer.alloc(32)) }),
  s3: (options) => new S3Driver(options),
  qiniu: (options) => new QiniuDriver(options),
};
const KEY = 'large/object';
const CHUNK = 65_536;
const BINARY = { contentType: 'application/octet-stream' };

/** Of so many bytes; without a number for ever, and each chunk is told of. */
function* noise(total, hash) {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  const nothing = Buffer.alloc(CHUNK);
  for (let left = total ?? Infinity; left > 0; left -= CHUNK) {
    const chunk = cipher.update(nothing.subarray(0, left));
    hash.update(chunk);
    yield chunk;
    if (total === undefined) process.send('writing');
  }
}

/** What memory something took besides, at most, and how long. */
async function measured(work) {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
  const startedAt = Date.now();
  await work();
  clearInterval(timer);
  return { extra: most - before, seconds: (Date.now() - startedAt) / 1_000 };
}

async function carry({ driver, options, total }) {
  const store = await STORES[driver](options);
  await store.put('warm/up', Buffer.alloc(1_000), BINARY);
  const [sent, got] = [createHash('sha256'), createHash('sha256')];
  let size = 0;
  const put = await measured(async () => {
    ({ size } = await store.put(KEY, Readable.from(noise(total, sent), { objectMode: false }), BINARY));
  });
  const get = await measured(async () => {
    for await (const chunk of (await store.getStream(KEY)).stream) got.update(chunk);
  });
  await store.close?.();
  process.send({ size, put, get, sent: sent.digest('hex'), got: got.digest('hex') });
  process.disconnect();
}

carry(JSON.parse(process.env.LARGE_OBJECT));
