import { randomUUID } from 'node:crypto';
import { type FileHandle, lstat, mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../../common/problem';
import { storageError } from '../drivers/local/fs-fault';
import { StorageError } from '../storage.error';

/** A file that came in, until it is in its store. */
export interface SpooledFile {
  readonly body: Buffer | { readonly path: string };
  readonly size: number;
  remove(): Promise<void>;
}

export interface SpoolLimits {
  readonly maxBytes: number;
  readonly onBytes?: (received: number) => void;
}

interface Temporary {
  readonly path: string;
  readonly handle: FileHandle;
}

const NAME = /^upload-[0-9a-f-]{36}$/;
/** No request lives that long. */
const LEFT_OVER_MS = 10 * 60_000;

/** Takes files in: small ones into memory, others into a folder for files that nobody keeps. */
export class Spool {
  readonly folder: string;
  private readonly isNamed: boolean;

  constructor(
    folder: string | undefined,
    private readonly memoryBytes: number,
  ) {
    this.isNamed = folder !== undefined;
    this.folder = folder ?? join(tmpdir(), 'gatecode-uploads');
  }

  /**
   * @throws {Problem} UPLOAD_TOO_LARGE, UPLOAD_TOO_SMALL; {@link StorageError} when the disk is full, or not to be written to.
   *   Nothing is left then, nor when the source breaks off
   */
  async take(source: AsyncIterable<Buffer>, { maxBytes, onBytes }: SpoolLimits): Promise<SpooledFile> {
    let chunks: Buffer[] = [];
    let size = 0;
    let file: Temporary | undefined;
    try {
      for await (const chunk of source) {
        size += chunk.length;
        if (size > maxBytes) throw new Problem('UPLOAD_TOO_LARGE');
        onBytes?.(size);
        chunks.push(chunk);
        if (size <= this.memoryBytes) continue;
        file ??= await onDisk(this.create());
        await onDisk(file.handle.appendFile(Buffer.concat(chunks)));
        chunks = [];
      }
      if (size === 0) throw new Problem('UPLOAD_TOO_SMALL');
      await onDisk(file?.handle.close());
    } catch (error) {
      if (file) await remove(file);
      throw error;
    }
    if (!file) return { body: Buffer.concat(chunks, size), size, remove: () => Promise.resolve() };
    const { path } = file;
    return { body: { path }, size, remove: () => remove({ path }) };
  }

  /** Removes what killed processes have left. Others may use the same folder just now. */
  async sweep(now = Date.now()): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (!NAME.test(name)) continue;
      const path = join(this.folder, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: now }));
      if (now - mtimeMs < LEFT_OVER_MS) continue;
      await unlink(path).catch(() => undefined);
      removed += 1;
    }
    return removed;
  }

  private async create(): Promise<Temporary> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await this.assertOwn();
    const path = join(this.folder, `upload-${randomUUID()}`);
    return { path, handle: await open(path, 'wx', 0o600) };
  }

  /** Whoever made that folder first may put other files in the place of ours. One that was named is the operator's affair. */
  private async assertOwn(): Promise<void> {
    if (this.isNamed || !process.getuid) return;
    const { uid } = await lstat(this.folder);
    if (uid !== process.getuid()) throw new StorageError('denied', 'the temporary folder is of another user');
  }
}

/** What the client sends is not to blame for it. */
async function onDisk<Result>(work: Result): Promise<Awaited<Result>> {
  try {
    return await work;
  } catch (error) {
    throw storageError(error, 'keeping a file for a moment');
  }
}

async function remove({ path, handle }: { path: string; handle?: FileHandle }): Promise<void> {
  await handle?.close().catch(() => undefined);
  await unlink(path).catch(() => undefined);
}
