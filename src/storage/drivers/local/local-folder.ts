import { constants } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, realpath, rename, rmdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { StorageError } from '../../storage.error';
import { isMissing, storageError, codeOf } from '../common/fs-fault';
import { sweepTemporary, temporaryName } from './temporary-files';

/** Opens a file that is written; a test puts a disk in its place that is full. */
export type OpenFile = (path: string, flags: string, mode: number) => Promise<FileHandle>;

/** No key holds it, so that `a` can be an object and a folder of others at once. */
const SUFFIX = '=';
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** A folder that gets empty and is removed just when something is put there. */
const TRIES = 5;

/** The files of one store. Nothing is read or written but below its root, and no symbolic link is followed. */
export class LocalFolder {
  private constructor(
    private readonly root: string,
    private readonly openFile: OpenFile,
  ) {}

  /** Makes the folders, finds out whether the file system can do what is needed, and removes what is left over. */
  static async open(folder: string, openFile: OpenFile = open): Promise<LocalFolder> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const root = await realpath(folder);
      const own = new LocalFolder(root, openFile);
      for (const name of ['objects', 'incoming', 'spent']) await makeFolder(join(root, name));
      await own.sweep();
      await own.probe();
      return own;
    } catch (error) {
      throw storageError(error, 'opening the folder');
    }
  }

  get objects(): string {
    return join(this.root, 'objects');
  }

  get incoming(): string {
    return join(this.root, 'incoming');
  }

  /** Marks of tickets that were used. */
  get spent(): string {
    return join(this.root, 'spent');
  }

  sweep(): Promise<void> {
    return sweepTemporary(this.incoming);
  }

  /** @returns undefined when nothing lies there */
  async openObject(key: string): Promise<FileHandle | undefined> {
    const path = this.pathOf(key);
    try {
      await this.assertOwn(dirname(path));
      const handle = await open(path, READ);
      if ((await handle.stat()).isFile()) return handle;
      await handle.close();
      throw new StorageError('denied', 'what lies there is no file');
    } catch (error) {
      if (!isMissing(error)) throw storageError(error, 'opening');
      await this.assertThere();
      return undefined;
    }
  }

  /** A new file that nobody sees yet. */
  async createTemporary(): Promise<{ readonly path: string; readonly handle: FileHandle }> {
    const path = join(this.incoming, temporaryName());
    return { path, handle: await this.openFile(path, 'wx', 0o600) };
  }

  /**
   * Makes a whole file the object of a key, in one step.
   * @throws {StorageError} `exists`
   */
  async place(temporary: string, key: string, createOnly: boolean): Promise<void> {
    const path = this.pathOf(key);
    for (let tried = 1; ; tried++) {
      try {
        await this.makeFolders(dirname(path));
        if (createOnly) await link(temporary, path);
        else await rename(temporary, path);
        return await syncFolder(dirname(path));
      } catch (error) {
        if (codeOf(error) === 'EEXIST') throw new StorageError('exists', 'the key is taken');
        if (!isMissing(error) || tried === TRIES) throw storageError(error, 'placing');
        await this.assertThere();
      }
    }
  }

  /** A second name for the file of an object. Objects never change: they are replaced. */
  async linkTemporary(key: string): Promise<string> {
    const path = join(this.incoming, temporaryName());
    await link(this.pathOf(key), path);
    return path;
  }

  async remove(key: string): Promise<void> {
    const path = this.pathOf(key);
    try {
      await this.assertOwn(dirname(path));
      await unlink(path);
      await syncFolder(dirname(path));
    } catch (error) {
      if (!isMissing(error)) throw storageError(error, 'deleting');
      return this.assertThere();
    }
    await this.removeEmpty(dirname(path));
  }

  private pathOf(key: string): string {
    const path = resolve(this.objects, key) + SUFFIX;
    // Keys are checked before. Should that ever fail, this is the last door.
    if (!path.startsWith(this.objects + sep)) throw new StorageError('denied', 'outside of the folder');
    return path;
  }

  /** The path of a folder is what it says: no symbolic link leads elsewhere. */
  private async assertOwn(folder: string): Promise<void> {
    if ((await realpath(folder)) !== folder)
      throw new StorageError('denied', 'a symbolic link is in the way');
  }

  /** A folder that was moved, or whose disk is not mounted, must not look like an empty store. */
  private async assertThere(): Promise<void> {
    try {
      await lstat(this.objects);
    } catch (error) {
      throw storageError(error, 'the folder of the store is gone');
    }
  }

  private async makeFolders(folder: string): Promise<void> {
    try {
      return await this.assertOwn(folder);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    let path = this.objects;
    for (const segment of folder.slice(path.length + 1).split(sep)) {
      const parent = path;
      path = join(path, segment);
      if (await makeFolder(path)) await syncFolder(parent);
    }
  }

  private async removeEmpty(folder: string): Promise<void> {
    for (let path = folder; path !== this.objects; path = dirname(path)) {
      try {
        await rmdir(path);
      } catch {
        return; // it is not empty, or gone already
      }
    }
  }

  /** Creating without overwriting in one step takes hard links. */
  private async probe(): Promise<void> {
    const { path, handle } = await this.createTemporary();
    const second = join(this.incoming, temporaryName());
    try {
      await handle.close();
      await link(path, second);
      await unlink(second);
    } catch (error) {
      throw new StorageError('misconfigured', `no hard links in this folder: ${codeOf(error)}`, {
        cause: error,
      });
    } finally {
      await unlink(path);
    }
  }
}

/** @returns whether it is a new one */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    if ((await lstat(path)).isDirectory()) return false;
    throw new StorageError('denied', 'a symbolic link or a file is in the way');
  }
}

/** A name is kept only once its folder was written out. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
