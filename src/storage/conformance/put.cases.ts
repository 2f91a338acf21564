import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Bench, define } from './bench';
import { assertAbsent, contentOf, failsWith, failureOf, nothingUnfinished, sameBytes } from './expect';
import { breakingStream, bytes, stallingStream, streamOf } from './samples';

const BINARY = { contentType: 'application/octet-stream' } as const;

/** Whoever holds a refusal to be a success would find the object. */
const REFUSED_SIZE = ['too-large', 'too-small', 'wrong-checksum'] as const;

async function roundTrip({ store, key }: Bench, size: number): Promise<void> {
  const content = bytes(size);
  const name = key();
  const facts = await store.put(name, content, BINARY);
  assert.equal(facts.size, size);
  assert.equal(facts.key, name);
  sameBytes(await contentOf(store, name), content);
}

async function withFile(content: Buffer, use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  const path = join(folder, '头像 1.bin');
  try {
    await writeFile(path, content);
    await use(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const PUT_CASES = [
  define('keeps an empty object', (bench) => roundTrip(bench, 0)),
  define('keeps one byte', (bench) => roundTrip(bench, 1)),
  define('keeps a large object byte for byte', (bench) =>
    roundTrip(bench, bench.tools.largeBytes ?? 12 * 1024 ** 2),
  ),

  define('takes a stream of known length', async ({ store, key }) => {
    const [name, content] = [key(), bytes(300_001)];
    const facts = await store.put(name, streamOf(content), { ...BINARY, size: content.length });
    assert.equal(facts.size, content.length);
    sameBytes(await contentOf(store, name), content);
  }),
  define('takes a stream of unknown length', async ({ store, key }) => {
    const [name, content] = [key(), bytes(300_001)];
    const facts = await store.put(name, streamOf(content), BINARY);
    assert.equal(facts.size, content.length);
    sameBytes(await contentOf(store, name), content);
  }),
  define('takes a stream of arrays and of text', async ({ store, key }) => {
    const [name, array, text] = [key(), new Uint8Array(bytes(70_000)), '头像'];
    await store.put(name, Readable.from([array, text, array]), BINARY);
    sameBytes(await contentOf(store, name), Buffer.concat([array, Buffer.from(text), array]));
  }),
  define('takes no stream that was read before: it would be an empty object', async ({ store, key }) => {
    const [name, stream] = [key(), streamOf(bytes(100))];
    for await (const _ of stream);
    await failsWith(store.put(name, stream, BINARY), 'aborted');
    await assertAbsent(store, name);
  }),
  define('takes an empty stream', async ({ store, key }) => {
    const name = key();
    assert.equal((await store.put(name, streamOf(Buffer.alloc(0)), BINARY)).size, 0);
    assert.equal((await contentOf(store, name)).length, 0);
  }),
  define('takes a large stream of unknown length', async ({ store, key, tools }) => {
    const [name, content] = [key(), bytes(tools.largeBytes ?? 12 * 1024 ** 2)];
    await store.put(name, streamOf(content), BINARY);
    sameBytes(await contentOf(store, name), content);
  }),
  define('takes a file, whatever its name', async ({ store, key }) => {
    const [name, content] = [key(), bytes(70_000)];
    await withFile(content, async (path) => {
      assert.equal((await store.put(name, { path }, BINARY)).size, content.length);
    });
    sameBytes(await contentOf(store, name), content);
  }),
  define('takes a stream that is read from a file', async ({ store, key }) => {
    const [name, content] = [key(), bytes(70_000)];
    await withFile(content, async (path) => void (await store.put(name, createReadStream(path), BINARY)));
    sameBytes(await contentOf(store, name), content);
  }),
  define('takes no more than a stream gives, whatever else is in its file', async ({ store, key }) => {
    const [name, content] = [key(), bytes(70_000)];
    await withFile(content, async (path) => {
      const part = createReadStream(path, { start: 1_000, end: 1_999 });
      assert.equal((await store.put(name, part, BINARY)).size, 1_000);
    });
    sameBytes(await contentOf(store, name), content.subarray(1_000, 2_000));
  }),
  define('refuses a file that is not there', async ({ store, key }) => {
    const name = key();
    await failureOf(store.put(name, { path: join(tmpdir(), 'conformance-none', 'x') }, BINARY));
    await assertAbsent(store, name);
  }),

  define('refuses a stream that is shorter than was said, and keeps nothing', async (bench) => {
    const { store, key } = bench;
    const name = key();
    const call = store.put(name, streamOf(bytes(999)), { ...BINARY, size: 1_000 });
    await failsWith(call, ...REFUSED_SIZE, 'aborted');
    await assertAbsent(store, name);
    await nothingUnfinished(bench);
  }),
  define('refuses a stream that is longer than was said, and keeps nothing', async (bench) => {
    const { store, key } = bench;
    const name = key();
    const call = store.put(name, streamOf(bytes(1_001)), { ...BINARY, size: 1_000 });
    await failsWith(call, ...REFUSED_SIZE, 'aborted');
    await assertAbsent(store, name);
    await nothingUnfinished(bench);
  }),
  define('refuses a large stream of another length than was said, and keeps nothing', async (bench) => {
    const { store, key, tools } = bench;
    const [name, content] = [key(), bytes(tools.largeBytes ?? 12 * 1024 ** 2)];
    const call = store.put(name, streamOf(content), { ...BINARY, size: content.length + 1 });
    await failsWith(call, ...REFUSED_SIZE, 'aborted');
    await assertAbsent(store, name);
    await nothingUnfinished(bench);
  }),

  define('replaces what lay under the key', async ({ store, key }) => {
    const name = key();
    const first = await store.put(name, bytes(100), BINARY);
    const second = await store.put(name, Buffer.from('other'), { contentType: 'text/plain' });
    assert.notEqual(second.etag, first.etag);
    assert.equal((await contentOf(store, name)).toString(), 'other');
    assert.equal((await store.stat(name))?.contentType, 'text/plain');
  }),
  define('creates only, when asked to', async ({ store, key }) => {
    const name = key();
    await store.put(name, Buffer.from('first'), { ...BINARY, createOnly: true });
    await failsWith(store.put(name, Buffer.from('second'), { ...BINARY, createOnly: true }), 'exists');
    assert.equal((await contentOf(store, name)).toString(), 'first');
  }),
  define('creates only from a stream, too', async ({ store, key }) => {
    const [name, content] = [key(), bytes(100_000)];
    await store.put(name, streamOf(content), { ...BINARY, createOnly: true });
    const call = store.put(name, streamOf(bytes(90_000)), { ...BINARY, createOnly: true });
    await failsWith(call, 'exists');
    sameBytes(await contentOf(store, name), content);
  }),
  define(
    'lets one of many win that create the same key at once',
    async ({ store, key }) => {
      const name = key();
      const contents = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => Buffer.from(letter.repeat(5_000)));
      const puts = contents.map((each) => store.put(name, each, { ...BINARY, createOnly: true }));
      const outcomes = await Promise.allSettled(puts);
      const winners = contents.filter((_, index) => outcomes[index].status === 'fulfilled');
      assert.equal(winners.length, 1, 'one winner');
      for (const put of puts)
        await put.catch((error: unknown) => failsWith(Promise.reject(error as Error), 'exists'));
      sameBytes(await contentOf(store, name), winners[0]);
    },
    ({ createOnlyPut }) => createOnlyPut,
  ),
  define('keeps one whole of several that replace the same key at once', async ({ store, key }) => {
    const name = key();
    const contents = ['a', 'b', 'c', 'd'].map((letter) => Buffer.from(letter.repeat(200_000)));
    await Promise.all(contents.map((each) => store.put(name, each, BINARY)));
    const kept = await contentOf(store, name);
    assert.ok(contents.some((each) => each.equals(kept)));
  }),
  define('takes many at once', async ({ store, key }) => {
    const names = Array.from({ length: 12 }, () => key());
    await Promise.all(names.map((name, index) => store.put(name, bytes(10_000 + index), BINARY)));
    const sizes = await Promise.all(names.map(async (name) => (await store.stat(name))?.size));
    assert.deepEqual(
      sizes,
      names.map((_, index) => 10_000 + index),
    );
  }),

  define('keeps nothing of a put that was aborted before it began', async (bench) => {
    const { store, key } = bench;
    const name = key();
    await failsWith(store.put(name, bytes(1_000), { ...BINARY, signal: AbortSignal.abort() }), 'aborted');
    await assertAbsent(store, name);
    await nothingUnfinished(bench);
  }),
  define('keeps nothing of a put that is aborted in the middle', async (bench) => {
    const { store, key } = bench;
    const name = key();
    const abort = new AbortController();
    const content = bytes(200_000);
    const call = store.put(name, stallingStream(content), { ...BINARY, signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    await failsWith(call, 'aborted');
    await assertAbsent(store, name);
    await nothingUnfinished(bench);
  }),
  define('keeps what was there when a put over it is aborted', async ({ store, key }) => {
    const name = key();
    await store.put(name, Buffer.from('before'), BINARY);
    const abort = new AbortController();
    const call = store.put(name, stallingStream(bytes(50_000)), { ...BINARY, signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await failsWith(call, 'aborted');
    assert.equal((await contentOf(store, name)).toString(), 'before');
  }),
  define('keeps nothing of a stream that breaks', async (bench) => {
    const { store, key } = bench;
    const name = key();
    await failsWith(store.put(name, breakingStream(bytes(100_000)), BINARY));
    await assertAbsent(store, name);
    await nothingUnfinished(bench);
  }),
  define('tells how far it is', async ({ store, key }) => {
    const [content, told] = [bytes(700_000), [] as number[]];
    await store.put(key(), streamOf(content), {
      ...BINARY,
      size: content.length,
      onProgress: (taken) => void told.push(taken),
    });
    assert.ok(told.length > 0, 'it was told at all');
    assert.deepEqual(
      told,
      [...told].sort((a, b) => a - b),
      'it never goes back',
    );
    assert.equal(told.at(-1), content.length);
  }),
];
