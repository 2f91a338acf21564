import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

import type { ObjectBody } from '../../object-storage.interface';
import { PART_BYTES, PartReader } from './part-reader';

const { signal } = new AbortController();

async function partsOf(body: ObjectBody, size?: number): Promise<Buffer[]> {
  const reader = new PartReader(body, size, signal);
  const parts: Buffer[] = [];
  for (let part = await reader.next(); part; part = await reader.next()) parts.push(Buffer.from(part));
  reader.close();
  return parts;
}

function* chunksOf(content: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

describe('PartReader', () => {
  const content = randomBytes(2 * PART_BYTES + 3);

  it.each([1_000_003, 65_536, PART_BYTES, content.length])(
    'cuts chunks of %i bytes into parts',
    async (size) => {
      const parts = await partsOf(Readable.from(chunksOf(content, size)));
      expect(parts.map(({ length }) => length)).toEqual([PART_BYTES, PART_BYTES, 3]);
      expect(Buffer.concat(parts).equals(content)).toBe(true);
    },
  );

  it('cuts a Buffer without copying it', async () => {
    const reader = new PartReader(content, undefined, signal);
    expect((await reader.next())?.buffer).toBe(content.buffer);
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

  it('lets go of a source that gives nothing more', async () => {
    const abort = new AbortController();
    const source = new Readable({ read: () => undefined });
    const reader = new PartReader(source, undefined, abort.signal);
    const part = reader.next();
    abort.abort();
    await expect(part).rejects.toMatchObject({ fault: 'aborted' });
    expect(source.destroyed).toBe(true);
  });

  it('reads nothing for who gave up before', () => {
    const source = Readable.from(['a']);
    new PartReader(source, undefined, AbortSignal.abort());
    expect(source.destroyed).toBe(true);
  });
});
