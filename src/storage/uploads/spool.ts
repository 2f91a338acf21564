import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StorageError } from '../storage.error';
import { GrowingFile, onDisk } from './growing-file';
import { type Intake, IntakeStream } from './intake';

/** Stores what comes in: a small file as it is; a large one as a stream, which breaks off when the file does. */
type Keep = (body: Buffer | Readable) => Promise<void>;

const NAME = /^upload-[0-9a-f-]{36}$/;
/** No request lives that long. */
const LEFT_OVER_MS = 10 * 60_000;

/**
 * Takes files in and hands them on. Small ones are kept in memory until they are there. Large ones go through a folder for
 * files that nobody keeps, and are handed on while they come in: a slow store does not hold up the client, nor the other way
 * round.
 */
export class Spool {
  readonly folder: string;
  private readonly isNamed: boolean;

  constructor(
    folder: string | undefined,
    private readonly memoryBytes: number,
  ) {
    this.isNamed = folder !== undefined;
    this.folder = folder ?? join(tmpdir(), `gatecode-uploads-${process.getuid?.() ?? 'files'}`);
  }

  /**
   * @throws {Problem} UPLOAD_TOO_LARGE, UPLOAD_TOO_SMALL; {@link StorageError} when the disk is full, or not to be written to;
   *   what `intake` and `keep` throw. Nothing is left of the file then
   */
  async pass(source: Readable, intake: Intake, keep: Keep): Promise<void> {
    const large: { file?: GrowingFile; kept?: Promise<void> } = {};
    let giveUp: (reason: Error) => void;
    const untaken = new Promise<never>((_, reject) => (giveUp = reject));
    const stream = new IntakeStream(intake, this.memoryBytes, async () => {
      large.file = await onDisk(this.create());
      large.kept = keep(large.file.read());
      // When nobody takes it, nobody waits for the rest of it.
      large.kept.catch((error: Error) => {
        stream.destroy(error);
        giveUp(error);
      });
      return large.file;
    });
    try {
      // Since Node 24 a pipeline waits for its source to be closed.
      await Promise.race([pipeline(source, stream), untaken]);
      await (large.kept ?? keep(stream.bytes()));
    } catch (error) {
      await stream.idle();
      large.file?.fail(error as Error);
      await large.kept?.catch(() => undefined);
      throw error;
    } finally {
      await large.file?.remove();
    }
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

  private async create(): Promise<GrowingFile> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await this.assertOwn();
    return GrowingFile.create(join(this.folder, `upload-${randomUUID()}`));
  }

  /** Whoever made that folder first may put other files in the place of ours. One that was named is the operator's affair. */
  private async assertOwn(): Promise<void> {
    if (this.isNamed || !process.getuid) return;
    const { uid } = await lstat(this.folder);
    if (uid !== process.getuid()) throw new StorageError('denied', 'the temporary folder is of another user');
  }
}
