import { type FileHandle, open, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { storageError } from '../drivers/common/fs-fault';
import type { FillingStream } from '../object-body';
import { StorageError } from '../storage.error';

/** Of one reading by whoever brings no memory. */
const READ_BYTES = 256 * 1024;

/** A file that is read while it is still being written: whoever reads waits for what is to come. */
export class GrowingFile {
  private length = 0;
  private isWhole = false;
  private failure?: Error;
  private readonly waiting: (() => void)[] = [];

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /** For this process's user only. There must be none yet. */
  static async create(path: string): Promise<GrowingFile> {
    return new GrowingFile(path, await open(path, 'wx+', 0o600));
  }

  async append(chunks: readonly Buffer[]): Promise<void> {
    if (this.failure) throw this.failure;
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    const { bytesWritten } = await onDisk(this.handle.writev(chunks));
    if (bytesWritten < bytes) throw new StorageError('full', 'keeping a file for a moment: the disk is full');
    this.length += bytes;
    this.wake();
  }

  /** Nothing more comes. */
  end(): void {
    this.isWhole = true;
    this.wake();
  }

  /** It will never be whole: nobody may take what there is of it for the file. */
  fail(failure: Error): void {
    this.failure ??= failure;
    this.wake();
  }

  /** From its beginning. Ends with the file, and fails with it. */
  read(): FillingStream {
    return new GrowingFileStream(this);
  }

  /** @returns how many bytes there were, at the most as many as there is room for; 0 at the end */
  async readAt(position: number, target: Buffer): Promise<number> {
    while (position === this.length && !this.isWhole && !this.failure)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.failure) throw this.failure;
    const bytes = Math.min(target.length, this.length - position);
    if (bytes === 0) return 0;
    const { bytesRead } = await onDisk(this.handle.read(target, 0, bytes, position));
    if (bytesRead > 0) return bytesRead;
    throw new StorageError('unavailable', 'keeping a file for a moment: it is shorter than what was written');
  }

  async remove(): Promise<void> {
    this.fail(new Error('The file was removed'));
    await this.handle.close().catch(() => undefined);
    await unlink(this.path).catch(() => undefined);
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

class GrowingFileStream extends Readable implements FillingStream {
  private position = 0;
  private giveUp!: (reason: Error) => void;
  private readonly gone = new Promise<never>((_, reject) => (this.giveUp = reject));

  constructor(private readonly file: GrowingFile) {
    super();
    this.gone.catch(() => undefined);
  }

  async fill(target: Buffer): Promise<number> {
    const bytes = await Promise.race([this.file.readAt(this.position, target), this.gone]);
    this.position += bytes;
    return bytes;
  }

  override _read(): void {
    const target = Buffer.allocUnsafe(READ_BYTES);
    this.fill(target).then(
      (bytes) => this.push(bytes > 0 ? target.subarray(0, bytes) : null),
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.giveUp(error ?? new Error('Nobody reads it any more'));
    done(error);
  }
}

/** What the client sends is not to blame for it. */
export async function onDisk<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw storageError(error, 'keeping a file for a moment');
  }
}
