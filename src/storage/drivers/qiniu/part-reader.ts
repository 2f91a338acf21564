import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';

import type { ObjectBody } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import { BLOCK_BYTES } from './qetag';

/** Of the size of a block: only so the hash of the upload is the hash of its content. */
export const PART_BYTES = BLOCK_BYTES;

const FILE_CHUNK_BYTES = 1024 * 1024;
/** One on its way out, one being filled. */
const SLABS = 2;

/**
 * Cuts what is stored into parts, and holds two of them at the most. A part is good until the second one after it is
 * asked for. `close()` has to follow.
 */
export class PartReader {
  private readonly source?: Readable;
  private readonly chunks?: AsyncIterator<Buffer | string, undefined>;
  private readonly slabs: Buffer[] = [];
  private turn = 0;
  private rest?: Buffer;
  private total = 0;

  /** @param size bytes, where they are known */
  constructor(
    body: ObjectBody,
    private readonly size: number | undefined,
    private readonly signal: AbortSignal,
  ) {
    if (Buffer.isBuffer(body)) {
      this.rest = body;
      return;
    }
    this.source = 'path' in body ? createReadStream(body.path, { highWaterMark: FILE_CHUNK_BYTES }) : body;
    // A source that breaks while nobody reads must not end the process; the reader is told when it reads.
    this.source.on('error', () => {});
    this.chunks = this.source[Symbol.asyncIterator]() as AsyncIterator<Buffer | string, undefined>;
    if (signal.aborted) this.close();
    else signal.addEventListener('abort', this.close);
  }

  /**
   * @returns 4 MiB, less at the end, nothing behind it
   * @throws {StorageError} `too-large`, `too-small` when it is another size than was said
   */
  async next(): Promise<Buffer | undefined> {
    const part = this.source ? await this.fill() : this.cut();
    this.total += part?.length ?? 0;
    if (this.size !== undefined && this.total > this.size) {
      throw new StorageError('too-large', `there is more than the ${this.size} bytes that were said`);
    }
    if (!part && this.size !== undefined && this.total < this.size) {
      throw new StorageError('too-small', `${this.total} bytes, and ${this.size} were said`);
    }
    return part;
  }

  readonly close = (): void => {
    this.signal.removeEventListener('abort', this.close);
    this.source?.destroy();
  };

  /** Of content that is in memory already, nothing is copied. */
  private cut(): Buffer | undefined {
    const { rest } = this;
    if (!rest || rest.length === 0) return undefined;
    this.rest = rest.subarray(PART_BYTES);
    return rest.subarray(0, PART_BYTES);
  }

  private async fill(): Promise<Buffer | undefined> {
    const slab = this.nextSlab();
    let filled = 0;
    while (filled < slab.length) {
      const chunk = this.rest ?? (await this.read());
      if (!chunk) break;
      const head = chunk.subarray(0, slab.length - filled);
      head.copy(slab, filled);
      filled += head.length;
      this.rest = head.length < chunk.length ? chunk.subarray(head.length) : undefined;
    }
    return filled === 0 ? undefined : slab.subarray(0, filled);
  }

  private async read(): Promise<Buffer | undefined> {
    try {
      const chunk = await this.chunks?.next();
      const value = chunk?.value;
      return value === undefined || Buffer.isBuffer(value) ? value : Buffer.from(value);
    } catch (cause) {
      throw new StorageError('aborted', 'what was to be stored could not be read to its end', { cause });
    }
  }

  private nextSlab(): Buffer {
    const turn = this.turn % SLABS;
    this.turn += 1;
    // A small object whose size is known gets a small slab.
    return (this.slabs[turn] ??= Buffer.allocUnsafeSlow(
      Math.min(PART_BYTES, Math.max(1, this.size ?? PART_BYTES)),
    ));
  }
}
