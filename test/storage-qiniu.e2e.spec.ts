import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import { BINARY, fault, KEY, MIB, PNG, qiniuStory } from './support/qiniu-story';

const story = qiniuStory();

describe('what is put', () => {
  const large = randomBytes(9 * MIB + 17);

  it.each([
    ['nothing at all', Buffer.alloc(0), 1],
    ['a small Buffer', randomBytes(1_000), 1],
    ['a Buffer of exactly one part', randomBytes(4 * MIB), 1],
    ['a Buffer of one byte more', randomBytes(4 * MIB + 1), 4],
    ['a large Buffer', large, 5],
  ])('arrives byte for byte: %s', async (_, body, calls) => {
    const facts = await story.store.put(KEY, body, BINARY);
    expect(story.content()?.equals(body)).toBe(true);
    expect(facts).toMatchObject({ key: KEY, size: body.length, etag: story.simulator.object(KEY)?.hash });
    expect(story.simulator.log).toHaveLength(calls);
  });

  it.each([
    ['whose length is known', large.length],
    ['whose length nobody knows', undefined],
  ])('may be a large stream %s', async (_, size) => {
    const told: number[] = [];
    const onProgress = (bytes: number) => void told.push(bytes);
    await story.store.put(KEY, Readable.from([large.subarray(0, 5), large.subarray(5)]), {
      ...BINARY,
      size,
      onProgress,
    });
    expect(story.content()?.equals(large)).toBe(true);
    expect(told).toEqual([4 * MIB, 8 * MIB, large.length]);
    expect(story.simulator.calls('part').map(({ bytes }) => bytes)).toEqual([4 * MIB, 4 * MIB, MIB + 17]);
  });

  it('may be a small stream, which goes as one form', async () => {
    await story.store.put(KEY, Readable.from([Buffer.from('a'), Buffer.from('b')]), {
      contentType: 'text/plain',
    });
    expect(story.content()?.toString()).toBe('ab');
    expect(story.simulator.log.map(({ operation }) => operation)).toEqual(['form']);
  });

  it('may be a file, small or large', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'storage-qiniu-'));
    try {
      for (const body of [randomBytes(1_000), large]) {
        await writeFile(join(folder, 'file'), body);
        await story.store.put(KEY, { path: join(folder, 'file') }, BINARY);
        expect(story.content()?.equals(body)).toBe(true);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is of the type that was said, whatever is in it', async () => {
    await story.store.put(KEY, PNG, { contentType: 'text/plain; charset=utf-8' });
    await story.store.put('b/large.bin', large, { contentType: 'image/webp' });
    expect((await story.store.stat(KEY))?.contentType).toBe('text/plain; charset=utf-8');
    expect((await story.store.stat('b/large.bin'))?.contentType).toBe('image/webp');
  });
});

describe('what is there', () => {
  it('is told of, read in whole and in part', async () => {
    await story.store.put(KEY, PNG, { contentType: 'image/png' });
    const facts = await story.store.stat(KEY);
    expect(facts).toMatchObject({ key: KEY, size: PNG.length, contentType: 'image/png' });
    expect(Math.abs(Date.now() - Number(facts?.lastModified))).toBeLessThan(10_000);
    const whole = await story.store.getStream(KEY);
    expect(whole.facts).toEqual({ ...facts, lastModified: whole.facts.lastModified });
    expect((await buffer(whole.stream)).equals(PNG)).toBe(true);
    const part = await story.store.getStream(KEY, { range: { start: 4, end: 7 } });
    expect((await buffer(part.stream)).equals(PNG.subarray(4, 8))).toBe(true);
    expect(part).toMatchObject({ range: { start: 4, end: 7 }, facts: { size: PNG.length } });
  });

  it('is copied, listed and deleted, one by one or together', async () => {
    const keys = ['l/1', 'l/2', 'l/3', 'm/1'];
    await story.store.put('l/1', PNG, BINARY);
    for (const key of keys.slice(1)) await story.store.copy('l/1', key);
    const first = await story.store.list({ prefix: 'l/', limit: 2 });
    expect(first.objects.map(({ key }) => key)).toEqual(['l/1', 'l/2']);
    const second = await story.store.list({ prefix: 'l/', limit: 2, marker: first.marker });
    expect(second.objects.map(({ key, size }) => [key, size])).toEqual([['l/3', PNG.length]]);
    expect(second.marker).toBeUndefined();
    await story.store.delete('l/1');
    await story.store.deleteAll(['l/1', 'l/2', 'l/3', 'none/1']);
    expect(story.simulator.keys()).toEqual(['m/1']);
    expect(await fault(story.store.list({ marker: 'no marker of theirs' }))).toBe('misconfigured');
  });

  it('has a signed URL that stays the same for a while, and one that scales a picture', async () => {
    await story.store.put(KEY, PNG, { contentType: 'image/png' });
    const urls = ['11:00:01', '11:30:00', '12:00:00'].map((time) => {
      story.clock.now = () => Date.parse(`2026-01-01T${time}Z`);
      return story.store.signedUrl(KEY, { expiresIn: 3_600 });
    });
    expect(new Set(await Promise.all(urls)).size).toBe(1);
    expect((await fetch(await urls[0])).status).toBe(200);
    const imageOps = 'imageView2/1/w/128/h/128';
    const scaled = await fetch(await story.store.signedUrl(KEY, { expiresIn: 60, imageOps }));
    expect(scaled.headers.get('x-simulated-image-ops')).toBe(imageOps);
  });
});
