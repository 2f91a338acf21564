import { once as eventOf } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesOf, contentOf } from '../src/storage/conformance/expect';
import { bytes, streamOf } from '../src/storage/conformance/samples';
import type { S3Driver } from '../src/storage/drivers/s3/s3.driver';
import { eventually } from './support/eventually';
import { MeddlingProxy } from './support/meddling-proxy';
import { S3Bucket } from './support/s3-bucket';
import { describeS3, S3_START_MS } from './support/s3-server';
import { TcpProxy } from './support/tcp-proxy';

const MIB = 1024 ** 2;
const KEY = 'avatar/1f/raw.png';
const PNG = { contentType: 'image/png' };
const LIMITS = { callMs: 1_500, stallMs: 700, transferMs: 4_000, connectMs: 500 };

const unavailable = expect.objectContaining({ name: 'StorageError', fault: 'unavailable' });

async function within<T>(ms: number, call: Promise<T>): Promise<T> {
  const startedAt = Date.now();
  try {
    return await call;
  } finally {
    expect(Date.now() - startedAt).toBeLessThan(ms);
  }
}

describeS3('S3 behind a line that fails', () => {
  let bucket: S3Bucket;
  let line: TcpProxy;
  let store: S3Driver;

  beforeAll(async () => {
    bucket = await S3Bucket.open();
    line = await TcpProxy.before(bucket.server.endpoint);
    store = bucket.driverWith({ endpoint: line.through(bucket.server.endpoint), limits: LIMITS });
    await bucket.driver.put(KEY, bytes(5_000), PNG);
  }, S3_START_MS);
  afterEach(() => line.heal());
  afterAll(async () => {
    await bucket?.driver.delete(KEY);
    await line?.stop();
    await bucket?.close();
  });

  const calls = (): readonly Promise<unknown>[] => [
    store.stat(KEY),
    store.getStream(KEY),
    store.copy(KEY, 'avatar/copy'),
    store.delete('avatar/none'),
    store.put('avatar/put', bytes(100), PNG),
  ];

  async function allFail(ms: number): Promise<void> {
    const outcomes = await within(ms, Promise.allSettled(calls()));
    for (const outcome of outcomes) expect(outcome).toEqual({ status: 'rejected', reason: unavailable });
  }

  it('says so when nobody listens, and works again when somebody does', async () => {
    await line.refuse();
    await allFail(3_000);
    await line.heal();
    expect((await store.stat(KEY))?.size).toBe(5_000);
  });

  it('says so when nothing is answered, within its deadlines', async () => {
    line.silence();
    await allFail(LIMITS.transferMs + 1_000);
  });

  it('waits for a slow store', async () => {
    line.delay(100);
    expect((await contentOf(store, KEY)).equals(bytes(5_000))).toBe(true);
  });

  it('begins anew after its connections were cut', async () => {
    await store.stat(KEY);
    line.cut();
    expect((await store.stat(KEY))?.size).toBe(5_000);
  });
});

describeS3('S3 behind somebody who meddles', () => {
  let bucket: S3Bucket;
  let proxy: MeddlingProxy;
  let store: S3Driver;

  beforeAll(async () => {
    bucket = await S3Bucket.open();
    proxy = await MeddlingProxy.before(bucket.server.endpoint);
    store = bucket.driverWith({ endpoint: proxy.url, limits: LIMITS });
  }, S3_START_MS);
  afterEach(async () => {
    proxy.heal();
    await bucket.driver.delete(KEY);
  });
  afterAll(async () => {
    await proxy?.stop();
    await bucket?.close();
  });

  /** Meddles once: what comes after is passed on. */
  function once(condition: (piece: Buffer, before: number) => boolean): typeof proxy.onRequest {
    let isDone = false;
    return (piece, before) => {
      if (isDone || !condition(piece, before)) return piece;
      isDone = true;
      return 'cut';
    };
  }

  it('ends a download that is cut at half with an error, never as if it were whole', async () => {
    await bucket.driver.put(KEY, bytes(4 * MIB), PNG);
    proxy.onAnswer = (piece, before) => (before > 2 * MIB ? 'cut' : piece);
    const got = await store.getStream(KEY);
    await expect(bytesOf(got)).rejects.toEqual(unavailable);
  });

  it('ends a download that stalls', async () => {
    await bucket.driver.put(KEY, bytes(4 * MIB), PNG);
    proxy.onAnswer = (piece, before) => (before > 2 * MIB ? Buffer.alloc(0) : piece);
    const got = await store.getStream(KEY);
    await within(LIMITS.stallMs + 2_000, expect(bytesOf(got)).rejects.toEqual(unavailable));
  });

  it('lets go of a download that stalls as soon as its reader leaves', async () => {
    await bucket.driver.put(KEY, bytes(4 * MIB), PNG);
    proxy.onAnswer = (piece, before) => (before > 2 * MIB ? Buffer.alloc(0) : piece);
    const patient = bucket.driverWith({ endpoint: proxy.url });
    for (const leave of ['destroy', 'abort']) {
      const before = proxy.open;
      const abort = new AbortController();
      const { stream } = await patient.getStream(KEY, { signal: abort.signal });
      const closed = new Promise((resolve) => stream.on('error', () => undefined).on('close', resolve));
      stream.resume();
      await sleep(200);
      if (leave === 'abort') abort.abort();
      else stream.destroy();
      await within(1_000, closed);
      await within(
        1_000,
        eventually('end of the connection', () => proxy.open === before),
      );
    }
  });

  it('lets a slow reader take its time', async () => {
    await bucket.driver.put(KEY, bytes(4 * MIB), PNG);
    const { stream } = await store.getStream(KEY);
    let read = 0;
    for await (const chunk of stream) {
      if (read === 0) await sleep(LIMITS.stallMs + 300);
      read += (chunk as Buffer).length;
    }
    expect(read).toBe(4 * MIB);
  });

  it('keeps no connection for readers that leave', async () => {
    await bucket.driver.put(KEY, bytes(4 * MIB), PNG);
    const before = proxy.open;
    const streams = await Promise.all(
      Array.from({ length: 8 }, async () => (await store.getStream(KEY)).stream),
    );
    expect(proxy.open).toBeGreaterThanOrEqual(streams.length);
    await Promise.all(streams.slice(4).map((stream) => eventOf(stream, 'readable')));
    for (const stream of streams) stream.destroy();
    await eventually('end of every connection', () => proxy.open <= before);
  });

  it.each([
    ['a put in one piece', 'PUT /', 1_000],
    ['the begin of an upload', '?uploads', 9 * MIB],
    ['a part', 'partNumber=1', 9 * MIB],
    ['the end of an upload', '<CompleteMultipartUpload', 9 * MIB],
  ])('keeps nothing for whoever gives up during %s', async (_, sign, size) => {
    const abort = new AbortController();
    // What begins an upload comes through: its sender has to end what nobody waits for any more.
    proxy.onRequest = (piece) => {
      if (!piece.includes(sign)) return piece;
      abort.abort();
      return sign === '?uploads' ? piece : 'cut';
    };
    const put = store.put(KEY, bytes(size), { ...PNG, signal: abort.signal });
    await expect(put).rejects.toMatchObject({ fault: 'aborted' });
    proxy.heal();
    expect(await store.stat(KEY)).toBeUndefined();
    expect(await bucket.unfinished()).toEqual([]);
  });

  it('sends again what was cut at half, in one piece', async () => {
    proxy.onRequest = once((_, before) => before > MIB);
    await store.put(KEY, streamOf(bytes(2 * MIB)), PNG);
    proxy.heal();
    expect((await contentOf(store, KEY)).equals(bytes(2 * MIB))).toBe(true);
  });

  it('sends one part again that was cut at half, and not the others', async () => {
    proxy.onRequest = once((_, before) => before > 3 * MIB);
    await store.put(KEY, streamOf(bytes(12 * MIB)), PNG);
    proxy.heal();
    expect((await contentOf(bucket.driver, KEY)).equals(bytes(12 * MIB))).toBe(true);
    expect(await bucket.unfinished()).toEqual([]);
  });

  it('keeps nothing where every upload is cut at half', async () => {
    proxy.onRequest = (piece, before) => (before > MIB ? 'cut' : piece);
    await expect(store.put(KEY, streamOf(bytes(2 * MIB)), PNG)).rejects.toEqual(unavailable);
    await expect(store.put(KEY, streamOf(bytes(12 * MIB)), PNG)).rejects.toEqual(unavailable);
    proxy.heal();
    expect(await store.stat(KEY)).toBeUndefined();
    expect(await bucket.unfinished()).toEqual([]);
  });

  it.each([
    ['one piece', 1_000],
    ['parts', 12 * MIB],
  ])('stores nothing of what was altered on the way: %s', async (_, size) => {
    // What ends like a head has no content; else the last byte is another one.
    proxy.onRequest = (piece) => {
      const altered = Buffer.from(piece);
      if (!piece.subarray(-4).equals(Buffer.from('\r\n\r\n'))) altered[altered.length - 1] ^= 1;
      return altered;
    };
    const put = store.put(KEY, bytes(size), PNG);
    await expect(put).rejects.toMatchObject({ fault: 'wrong-checksum' });
    proxy.heal();
    expect(await store.stat(KEY)).toBeUndefined();
    expect(await bucket.unfinished()).toEqual([]);
  });

  it('knows its own object again when the answer to a create was lost', async () => {
    proxy.onAnswer = once((piece) => piece.includes('200 OK'));
    const facts = await store.put(KEY, bytes(1_000), { ...PNG, createOnly: true });
    expect(proxy.connections).toBeGreaterThan(1);
    expect(facts.etag).toBe((await store.stat(KEY))?.etag);
  });

  it.each([true, false])(
    'knows its own object again when the answer to the end of its parts was lost: createOnly %s',
    async (createOnly) => {
      let isEnding = false;
      proxy.onRequest = (piece) => {
        isEnding ||= piece.includes('<CompleteMultipartUpload');
        return piece;
      };
      let cuts = 0;
      proxy.onAnswer = once(() => isEnding && (cuts += 1) === 1);
      const facts = await store.put(KEY, bytes(9 * MIB), { ...PNG, createOnly });
      proxy.heal();
      expect([cuts, facts.size]).toEqual([1, 9 * MIB]);
      expect((await contentOf(store, KEY)).equals(bytes(9 * MIB))).toBe(true);
      expect(await bucket.unfinished()).toEqual([]);
    },
  );

  it("does not take somebody else's object for its own", async () => {
    await bucket.driver.put(KEY, bytes(999), PNG);
    proxy.onAnswer = once((piece) => piece.includes('412'));
    const put = store.put(KEY, bytes(1_000), { ...PNG, createOnly: true });
    await expect(put).rejects.toMatchObject({ fault: 'exists' });
  });
});
