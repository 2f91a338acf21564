import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { canFill, isSpent, isStream } from '../../object-body';
import type { ObjectBody } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';

/** Memory for one part, which is used again for later ones. */
export type Slab = () => Buffer;

/** Where the next bytes come from: into the slab, or as a view of what is in memory already. */
type Reader = (slab: Slab) => Promise<Buffer>;

/** Content on its way in, cut and counted: it never ends well with another size than was said. `close()` has to follow. */
export class PartSource {
  private total = 0;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly reader: Reader;
  private stop = (): void => {};
  private isClosed = false;

  /**
   * @param size bytes, where they are known
   * @param partBytes of every part but the last one
   */
  constructor(
    body: ObjectBody,
    private readonly size: number | undefined,
    private readonly partBytes: number,
  ) {
    if (Buffer.isBuffer(body)) this.reader = this.readBuffer(body);
    else this.reader = isStream(body) ? this.readStream(body) : this.readFile(body.path);
  }

  /** Bytes so far. */
  get length(): number {
    return this.total;
  }

  /** Memory for one part at a time, taken when the first one comes. Small content gets little, and one byte to see more of it. */
  newSlab(): Slab {
    const bytes = Math.min(this.partBytes, (this.size ?? Infinity) + 1);
    let memory: Buffer | undefined;
    return () => (memory ??= Buffer.allocUnsafeSlow(bytes));
  }

  /**
   * Several may ask at once, each with a slab of its own; one after the other is answered.
   * @param slab filled with the part, unless the part is in memory already
   * @param label what is made of the part before the next one is read
   * @returns of less than was asked for, or of nothing, at the end only
   * @throws {StorageError} `too-large`, `too-small` when it is another size than was said
   */
  next<Part>(slab: Slab, label: (part: Buffer) => Part): Promise<Part> {
    const part = this.turn.then(async () => label(await this.read(slab)));
    this.turn = part.catch(() => undefined);
    return part;
  }

  readonly close = (): void => {
    this.isClosed = true;
    this.stop();
  };

  private async read(slab: Slab): Promise<Buffer> {
    const { size } = this;
    const part = await this.reader(slab).catch((cause: unknown) => {
      throw new StorageError('aborted', 'what was to be stored could not be read to its end', { cause });
    });
    this.total += part.length;
    if (size !== undefined && this.total > size)
      throw new StorageError('too-large', `there is more than the ${size} bytes that were said`);
    if (size !== undefined && part.length < this.partBytes && this.total < size)
      throw new StorageError('too-small', `${this.total} bytes, and ${size} were said`);
    return part;
  }

  private readBuffer(body: Buffer): Reader {
    return () => Promise.resolve(body.subarray(this.total, this.total + this.partBytes));
  }

  private readFile(path: string): Reader {
    let file: FileHandle | undefined;
    this.stop = () => void this.turn.then(() => file?.close()).catch(() => undefined);
    return async (slab) => {
      if (this.isClosed) throw new Error('closed');
      const opened = (file ??= await open(path));
      return filled(slab(), async (target) => (await opened.read(target)).bytesRead);
    };
  }

  private readStream(stream: Readable): Reader {
    // A source that breaks while nobody reads must not end the process; the reader is told when it reads.
    stream.on('error', () => {});
    this.stop = () => void stream.destroy();
    const wasSpent = isSpent(stream);
    if (canFill(stream)) return (slab) => filled(slab(), (target) => stream.fill(target));
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array | string, undefined>;
    let rest: Buffer | undefined;
    return async (slab) => {
      if (wasSpent) throw new Error('The stream was read before');
      const target = slab();
      let filled = 0;
      while (filled < target.length) {
        const chunk = rest ?? asBuffer((await chunks.next()).value);
        if (!chunk) break;
        const taken = chunk.copy(target, filled);
        filled += taken;
        rest = taken < chunk.length ? chunk.subarray(taken) : undefined;
      }
      return target.subarray(0, filled);
    };
  }
}

/** @param fill gives how many bytes came; 0 at the end */
async function filled(memory: Buffer, fill: (target: Buffer) => Promise<number>): Promise<Buffer> {
  let length = 0;
  while (length < memory.length) {
    const bytes = await fill(memory.subarray(length));
    if (bytes === 0) break;
    length += bytes;
  }
  return memory.subarray(0, length);
}

function asBuffer(chunk: Uint8Array | string | undefined): Buffer | undefined {
  if (chunk === undefined || Buffer.isBuffer(chunk)) return chunk;
  return typeof chunk === 'string'
    ? Buffer.from(chunk)
    : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
}
