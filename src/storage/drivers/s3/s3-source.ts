import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ObjectBody } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';

/** Content on its way in, counted: it never ends well with another size than was said. `close()` has to follow. */
export class S3Source {
  private readonly stream: Readable;
  private readonly chunks: AsyncIterator<Buffer, undefined>;
  private total = 0;

  /** @param size bytes, where they are known */
  constructor(
    body: Exclude<ObjectBody, Buffer>,
    private readonly size: number | undefined,
  ) {
    this.stream = 'path' in body ? createReadStream(body.path) : body;
    // A source that breaks while nobody reads must not end the process; the reader is told when it reads.
    this.stream.on('error', () => {});
    this.chunks = this.read();
  }

  /** Bytes so far. */
  get length(): number {
    return this.total;
  }

  /**
   * The whole content, if it is no longer than that.
   * @returns all of it, or what was read of something longer, to be joined with {@link rest}
   */
  async head(limit: number): Promise<{ readonly chunks: Buffer[]; readonly isAll: boolean }> {
    const chunks: Buffer[] = [];
    let length = 0;
    while (length <= limit) {
      const { value } = await this.chunks.next();
      if (value === undefined) return { chunks, isAll: true };
      chunks.push(value);
      length += value.length;
    }
    return { chunks, isAll: false };
  }

  /** @param chunks of {@link head}, emptied on the way */
  rest(chunks: Buffer[]): Readable {
    const { chunks: more } = this;
    async function* joined(): AsyncGenerator<Buffer> {
      for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) yield chunk;
      yield* { [Symbol.asyncIterator]: () => more };
    }
    return Readable.from(joined(), { objectMode: false });
  }

  readonly close = (): void => void this.stream.destroy();

  private async *read(): AsyncGenerator<Buffer, undefined> {
    const { size } = this;
    for await (const chunk of this.bytes()) {
      this.total += chunk.length;
      if (size !== undefined && this.total > size)
        throw new StorageError('too-large', `there is more than the ${size} bytes that were said`);
      yield chunk;
    }
    if (size !== undefined && this.total < size)
      throw new StorageError('too-small', `${this.total} bytes, and ${size} were said`);
    return undefined;
  }

  private async *bytes(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of this.stream)
        yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
    } catch (cause) {
      throw new StorageError('aborted', 'what was to be stored could not be read to its end', { cause });
    }
  }
}
