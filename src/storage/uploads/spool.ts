import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../../common/problem';

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

const NAME = /^upload-[0-9a-f-]{36}$/;
/** No request lives that long. */
const LEFT_OVER_MS = 10 * 60_000;

/** Takes files in: small ones into memory, others into a folder for files that nobody keeps. */
export class Spool {
  readonly folder: string;

  constructor(
    folder: string | undefined,
    private readonly memoryBytes: number,
  ) {
    this.folder = folder ?? join(tmpdir(), 'gatecode-uploads');
  }

  /**
   * @throws {Problem} UPLOAD_TOO_LARGE, UPLOAD_TOO_SMALL; nothing is left then, nor when the source breaks off
   */
  async take(source: AsyncIterable<Buffer>, { maxBytes, onBytes }: SpoolLimits): Promise<SpooledFile> {
    let chunks: Buffer[] = [];
    let size = 0;
    let file: Awaited<ReturnType<Spool['create']>> | undefined;
    try {
      for await (const chunk of source) {
        size += chunk.length;
        if (size > maxBytes) throw new Problem('UPLOAD_TOO_LARGE');
        onBytes?.(size);
        chunks.push(chunk);
        if (size <= this.memoryBytes) continue;
        file ??= await this.create();
        await file.handle.appendFile(Buffer.concat(chunks));
        chunks = [];
      }
      if (size === 0) throw new Problem('UPLOAD_TOO_SMALL');
    } catch (error) {
      await file?.handle.close();
      if (file) await unlink(file.path);
      throw error;
    }
    if (!file) return { body: Buffer.concat(chunks, size), size, remove: () => Promise.resolve() };
    const { handle, path } = file;
    await handle.close();
    return { body: { path }, size, remove: () => unlink(path).catch(() => undefined) };
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

  private async create() {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const path = join(this.folder, `upload-${randomUUID()}`);
    return { path, handle: await open(path, 'wx', 0o600) };
  }
}
