import { type FileHandle, open, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { storageError } from '../drivers/local/fs-fault';

/** Of one reading. */
const READ_BYTES = 256 * 1024;
/** The blocks that were written last stay in memory as well: who keeps up with the file need not read it. */
const RECENT_BLOCKS = 3;

/** A file that is read while it is still being written: whoever reads waits for what is to come. */
export class GrowingFile {
  private length = 0;
  private recent: { readonly start: number; readonly block: Buffer }[] = [];
  private isWhole = false;
  private failure?: Error;
  private wake = (): void => {};

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /** For this process's user only. There must be none yet. */
  static async create(path: string): Promise<GrowingFile> {
    return new GrowingFile(path, await open(path, 'wx+', 0o600));
  }

  /** @param block not changed afterwards */
  async append(block: Buffer): Promise<void> {
    if (this.failure) throw this.failure;
    await onDisk(this.handle.writeFile(block));
    this.recent = [...this.recent, { start: this.length, block }].slice(-RECENT_BLOCKS);
    this.length += block.length;
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

  /** From its beginning, once. Ends with the file, and fails with it. */
  read(): Readable {
    return Readable.from(this.blocks(), { objectMode: false });
  }

  async remove(): Promise<void> {
    this.fail(new Error('The file was removed'));
    await this.handle.close().catch(() => undefined);
    await unlink(this.path).catch(() => undefined);
  }

  private async *blocks(): AsyncGenerator<Buffer> {
    for (let at = 0; ;) {
      while (at === this.length && !this.isWhole && !this.failure)
        await new Promise<void>((resolve) => (this.wake = resolve));
      if (this.failure) throw this.failure;
      if (at === this.length) return;
      const bytes = this.recall(at) ?? (await this.load(at));
      at += bytes.length;
      yield bytes;
    }
  }

  private recall(at: number): Buffer | undefined {
    const found = this.recent.find(({ start, block }) => at >= start && at < start + block.length);
    return found?.block.subarray(at - found.start);
  }

  private async load(at: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(Math.min(READ_BYTES, this.length - at));
    const { bytesRead } = await this.handle.read(bytes, 0, bytes.length, at);
    if (bytesRead === 0) throw new Error('The file is shorter than what was written');
    return bytes.subarray(0, bytesRead);
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
