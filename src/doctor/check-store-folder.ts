import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Env } from '../env';
import { localFolder } from '../storage.factory';
import { fail, type Finding, ok, warn } from './finding';

const SCARCE_BYTES = 1024 ** 3;
const MIB = 1024 ** 2;

/** The folder of the local disk: it can be written to, or made, and there is room. */
export async function checkStoreFolder(env: Env): Promise<Finding[]> {
  const folder = resolve(localFolder(env));
  const there = await nearest(folder);
  const remedy = `Let the user of this process write to ${there}, or set DATA_DIR`;
  try {
    const isFolder = (await stat(there)).isDirectory();
    if (!isFolder) return [fail('local folder', `${there} is no folder`, 'Remove it, or set DATA_DIR')];
    await access(there, constants.R_OK | constants.W_OK | constants.X_OK);
    const detail = there === folder ? `${folder} can be written to` : `${folder} is made at the first start`;
    return [ok('local folder', detail), await room(there)];
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return [fail('local folder', `${there} cannot be written to (${code})`, remedy)];
  }
}

async function room(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  return judgeRoom(bavail * bsize);
}

/** @param free bytes */
export function judgeRoom(free: number): Finding {
  const detail = `${Math.floor(free / MIB)} MiB are free`;
  if (free >= SCARCE_BYTES) return ok('local space', detail);
  return warn('local space', detail, 'Make room on the disk of DATA_DIR');
}

/** The folder, or the first one above it that is there. */
async function nearest(folder: string): Promise<string> {
  const above = dirname(folder);
  const isThere = await stat(folder).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== 'ENOENT',
  );
  return isThere || above === folder ? folder : nearest(above);
}
