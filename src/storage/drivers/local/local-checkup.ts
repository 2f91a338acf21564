import { statfs } from 'node:fs/promises';
import type { StorageCheck } from '../../object-storage.interface';

const MIB = 1024 ** 2;
const SCARCE_BYTES = 1024 * MIB;

/** What only the disk can tell. */
export async function checkLocal(folder: string): Promise<StorageCheck[]> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const found = { subject: 'space', detail: `${Math.floor(free / MIB)} MiB are free` };
  if (free >= SCARCE_BYTES) return [{ ...found, verdict: 'ok' }];
  return [{ ...found, verdict: 'warn', remedy: 'Make room on the disk of the folder.' }];
}
