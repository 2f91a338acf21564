import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

import type { ObjectBody } from '../../object-storage.interface';
import { PartSource } from './part-source';

const PART_BYTES = 1024 ** 2;

async function partsOf(body: ObjectBody, size?: number): Promise<Buffer[]> {
  const source = new PartSource(body, size, PART_BYTES);
  const slab = source.newSlab();
  const parts: Buffer[] = [];
  try {
    for (;;) {
      const part = await source.next(slab, (each) => each);
      if (part.length === 0) return parts;
      parts.push(Buffer.from(part));
    }
  } finally {
    source.close();
  }
}

function* chunksOf(content: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

describe('what is cut into parts', () => {
  const content = randomBytes(2 * PART_BYTES + 3);

  it.each([1_000_003, 65_536, PART_BYTES, content.length])('comes in chunks of %i bytes', async (size) => {
    const parts = await partsOf(Readable.from(chunksOf(content, size)));
    expect(parts.map(({ length }) => length)).toEqual([PART_BYTES, PART_BYTES, 3]);
    expect(Buffer.concat(parts).equals(content)).toBe(true);
  });

  it('is not copied where it is a Buffer', async () => {
    const source = new PartSource(content, undefined, PART_BYTES);
    const part = await source.next(source.newSlab(), (each) => each);
    expect(part.buffer).toBe(content.buffer);
    expect((await partsOf(content)).map(({ length }) => length)).toEqual([PART_BYTES, PART_BYTES, 3]);
  });

  it('ends with what ends', async () => {
    expect(await partsOf(Buffer.alloc(0))).toEqual([]);
    expect(await partsOf(Readable.from([]))).toEqual([]);
    expect(await partsOf(Readable.from(['text', 'ual']))).toEqual([Buffer.from('textual')]);
  });

  it.each([
    [4, 'too-large'],
    [6, 'too-small'],
  ])('refuses five bytes where %i were said', async (size, fault) => {
    await expect(partsOf(Buffer.from('12345'), size)).rejects.toMatchObject({ fault });
    await expect(partsOf(Readable.from([Buffer.from('123'), Buffer.from('45')]), size)).rejects.toMatchObject(
      { fault },
    );
  });

  it('tells of a source that breaks, also of a file that is not there', async () => {
    function* broken() {
      yield Buffer.from('a');
      throw new Error('The source broke');
    }
    await expect(partsOf(Readable.from(broken()))).rejects.toMatchObject({ fault: 'aborted' });
    await expect(partsOf({ path: `${__dirname}/none` })).rejects.toMatchObject({ fault: 'aborted' });
  });

  it('takes no more memory than there is content, where its size was said', () => {
    const slabOf = (size?: number) => new PartSource(Buffer.alloc(0), size, PART_BYTES).newSlab()().length;
    expect([slabOf(5), slabOf(0), slabOf(PART_BYTES), slabOf()]).toEqual([6, 1, PART_BYTES, PART_BYTES]);
  });

  it('is asked for by several at once, and given to one after the other', async () => {
    const source = new PartSource(Readable.from(chunksOf(content, 65_536)), undefined, PART_BYTES);
    let number = 0;
    const parts = await Promise.all(
      [1, 2, 3, 4].map(() => source.next(source.newSlab(), (part) => [(number += 1), part] as const)),
    );
    expect(parts.map(([at, { length }]) => [at, length])).toEqual([
      [1, PART_BYTES],
      [2, PART_BYTES],
      [3, 3],
      [4, 0],
    ]);
    expect(Buffer.concat(parts.map(([, part]) => part)).equals(content)).toBe(true);
    expect(source.length).toBe(content.length);
  });

  it('lets go of a source that gives nothing more', async () => {
    const stream = new Readable({ read: () => undefined });
    const source = new PartSource(stream, undefined, PART_BYTES);
    const part = source.next(source.newSlab(), (each) => each);
    source.close();
    await expect(part).rejects.toMatchObject({ fault: 'aborted' });
    expect(stream.destroyed).toBe(true);
  });
});
