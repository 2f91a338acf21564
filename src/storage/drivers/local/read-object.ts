import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ByteRange } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import { storageError } from '../common/fs-fault';

const CHUNK = 128 * 1024;

/** Bytes of an object, from an open file that is closed with it. It ends with a StorageError, or with the last byte. */
export class ObjectReading extends Readable {
  private at: number;
  private readonly end: number;

  constructor(
    private readonly handle: FileHandle,
    { start, end }: Required<ByteRange>,
    private readonly signal?: AbortSignal,
  ) {
    super();
    this.at = start;
    this.end = end + 1;
    signal?.addEventListener('abort', this.onAbort);
  }

  override _read(): void {
    this.next().then(
      (chunk) => this.push(chunk),
      (error: unknown) => this.destroy(storageError(error, 'reading')),
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.signal?.removeEventListener('abort', this.onAbort);
    const done = (): void => callback(error);
    this.handle.close().then(done, done);
  }

  private async next(): Promise<Buffer | null> {
    if (this.at === this.end) return null;
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, this.end - this.at));
    const { bytesRead } = await this.handle.read(chunk, 0, chunk.length, this.at);
    if (bytesRead === 0) throw new StorageError('unavailable', 'the file is shorter than it was');
    this.at += bytesRead;
    return chunk.subarray(0, bytesRead);
  }

  private readonly onAbort = (): void => void this.destroy(new StorageError('aborted', 'given up'));
}
