import assert from 'node:assert/strict';
import { define } from './bench';
import { assertAbsent, bytesOf, contentOf, failsWith, failureOf, isThere, sameBytes } from './expect';
import { bytes } from './samples';

const BINARY = { contentType: 'application/octet-stream' } as const;
const CLOCKS_DIFFER_MS = 5 * 60_000;

export const OBJECT_CASES = [
  define('says of an object what was said when it was put', async ({ store, key }) => {
    const name = key('txt');
    const put = await store.put(name, bytes(1_234), { contentType: 'text/plain' });
    const facts = await store.stat(name);
    assert.equal(facts?.key, name);
    assert.equal(facts.size, 1_234);
    assert.equal(facts.contentType, 'text/plain');
    assert.ok(facts.etag.length > 0);
    assert.equal(facts.etag, put.etag);
    assert.ok(Math.abs(facts.lastModified.getTime() - Date.now()) < CLOCKS_DIFFER_MS);
    const { stream, facts: streamed } = await store.getStream(name);
    stream.destroy();
    assert.deepEqual({ ...streamed, lastModified: 0 }, { ...facts, lastModified: 0 });
  }),
  define('keeps a media type with its parameters', async ({ store, key }) => {
    const name = key('txt');
    await store.put(name, Buffer.from('头像'), { contentType: 'text/plain; charset=utf-8' });
    assert.match((await store.stat(name))!.contentType, /^text\/plain; ?charset=utf-8$/i);
  }),
  define('has one etag for one content, and another for another', async ({ store, key }) => {
    const [a, b, c] = [
      await store.put(key(), bytes(5_000), BINARY),
      await store.put(key(), bytes(5_000), BINARY),
      await store.put(key(), bytes(5_001), BINARY),
    ];
    assert.equal(a.etag, b.etag);
    assert.notEqual(a.etag, c.etag);
  }),
  define('takes no media type that is none', async ({ store, key }) => {
    for (const contentType of ['', 'image', 'text/html\r\nX-Injected: 1', 'text/html\n', 'a/b; c', 'ä/b']) {
      const name = key();
      await failureOf(store.put(name, bytes(1), { contentType }));
      await assertAbsent(store, name);
    }
  }),
  define('knows nothing of a key that is not there', async ({ store, key }) => {
    assert.equal(await store.stat(key()), undefined);
  }),
  define('streams nothing for a key that is not there', async ({ store, key }) => {
    await failsWith(store.getStream(key()), 'not-found');
    await failsWith(store.getStream(key(), { range: { start: 0, end: 9 } }), 'not-found');
  }),
  define('streams nothing for who gave up before', async ({ store, key }) => {
    const name = key();
    await store.put(name, bytes(10), BINARY);
    await failsWith(store.getStream(name, { signal: AbortSignal.abort() }), 'aborted');
  }),
  define('ends a stream when its reader gives up', async ({ store, key, tools }) => {
    const name = key();
    await store.put(name, bytes(tools.largeBytes ?? 12 * 1024 ** 2), BINARY);
    const abort = new AbortController();
    const { stream } = await store.getStream(name, { signal: abort.signal });
    const reading = (async () => {
      for await (const _ of stream) abort.abort();
    })();
    await failsWith(reading, 'aborted');
    assert.ok(stream.destroyed);
  }),

  ...[
    { name: 'from the beginning', range: { start: 0, end: 9 }, from: 0, to: 9 },
    { name: 'in the middle', range: { start: 500, end: 1_499 }, from: 500, to: 1_499 },
    { name: 'of one byte', range: { start: 7, end: 7 }, from: 7, to: 7 },
    { name: 'to the end', range: { start: 9_990 }, from: 9_990, to: 9_999 },
    { name: 'of the last byte', range: { start: 9_999, end: 9_999 }, from: 9_999, to: 9_999 },
    { name: 'that ends behind the end', range: { start: 9_000, end: 20_000 }, from: 9_000, to: 9_999 },
    { name: 'of everything', range: { start: 0 }, from: 0, to: 9_999 },
  ].map(({ name: what, range, from, to }) =>
    define(`reads a range ${what}`, async ({ store, key }) => {
      const [name, content] = [key(), bytes(10_000)];
      await store.put(name, content, BINARY);
      const got = await store.getStream(name, { range });
      sameBytes(await bytesOf(got), content.subarray(from, to + 1));
      assert.deepEqual(got.range, { start: from, end: to });
      assert.equal(got.facts.size, 10_000, 'the facts are of the whole object');
    }),
  ),
  define('has no range behind the end', async ({ store, key }) => {
    const name = key();
    await store.put(name, bytes(10), BINARY);
    await failsWith(store.getStream(name, { range: { start: 10 } }), 'range');
    await failsWith(store.getStream(name, { range: { start: 1_000, end: 2_000 } }), 'range');
  }),
  define('has no range in an empty object', async ({ store, key }) => {
    const name = key();
    await store.put(name, Buffer.alloc(0), BINARY);
    await failsWith(store.getStream(name, { range: { start: 0 } }), 'range');
  }),
  define('takes no range that is none', async ({ store, key }) => {
    const name = key();
    await store.put(name, bytes(10), BINARY);
    for (const range of [{ start: 5, end: 4 }, { start: -1 }, { start: 0.5 }, { start: Number.NaN }])
      await failsWith(store.getStream(name, { range }), 'range');
  }),

  define('deletes', async ({ store, key }) => {
    const name = key();
    await store.put(name, bytes(10), BINARY);
    await store.delete(name);
    await assertAbsent(store, name);
    await failsWith(store.getStream(name), 'not-found');
  }),
  define('has deleted what is not there, again and again', async ({ store, key }) => {
    const name = key();
    await store.delete(name);
    await store.put(name, bytes(10), BINARY);
    await Promise.all([store.delete(name), store.delete(name)]);
    await store.delete(name);
    await assertAbsent(store, name);
  }),
  define('takes a key again that was deleted', async ({ store, key }) => {
    const name = key();
    await store.put(name, Buffer.from('before'), BINARY);
    await store.delete(name);
    await store.put(name, Buffer.from('after'), { ...BINARY, createOnly: true });
    assert.equal((await contentOf(store, name)).toString(), 'after');
  }),
  define('tells keys apart of which one begins with the other', async ({ store, key }) => {
    const name = key();
    const below = `${name}/b.bin`;
    await store.put(name, Buffer.from('above'), BINARY);
    await store.put(below, Buffer.from('below'), BINARY);
    try {
      assert.equal((await contentOf(store, name)).toString(), 'above');
      assert.equal((await contentOf(store, below)).toString(), 'below');
      await store.delete(name);
      assert.ok(await isThere(store, below));
    } finally {
      await store.delete(below);
    }
  }),

  define('copies content and type', async ({ store, key }) => {
    const [from, to, content] = [key('txt'), key('txt'), bytes(70_000)];
    await store.put(from, content, { contentType: 'text/plain' });
    await store.copy(from, to);
    sameBytes(await contentOf(store, to), content);
    assert.equal((await store.stat(to))?.contentType, 'text/plain');
    assert.ok(await isThere(store, from), 'the first one stays');
  }),
  define('has a copy of its own, which outlives the first', async ({ store, key }) => {
    const [from, to] = [key(), key()];
    await store.put(from, Buffer.from('first'), BINARY);
    await store.copy(from, to);
    await store.put(from, Buffer.from('changed'), BINARY);
    await store.delete(from);
    assert.equal((await contentOf(store, to)).toString(), 'first');
  }),
  define('copies nothing that is not there', async ({ store, key }) => {
    const [from, to] = [key(), key()];
    await failsWith(store.copy(from, to), 'not-found');
    await failsWith(store.copy(from, to, { overwrite: true }), 'not-found');
    await assertAbsent(store, to);
  }),
  define('copies over nothing', async ({ store, key }) => {
    const [from, to] = [key(), key()];
    await store.put(from, Buffer.from('from'), BINARY);
    await store.put(to, Buffer.from('to'), BINARY);
    await failsWith(store.copy(from, to), 'exists');
    assert.equal((await contentOf(store, to)).toString(), 'to');
  }),
  define('copies over what is there, when asked to', async ({ store, key }) => {
    const [from, to] = [key(), key()];
    await store.put(from, Buffer.from('from'), BINARY);
    await store.put(to, Buffer.from('to'), BINARY);
    await store.copy(from, to, { overwrite: true });
    await store.copy(from, to, { overwrite: true });
    assert.equal((await contentOf(store, to)).toString(), 'from');
  }),
];
