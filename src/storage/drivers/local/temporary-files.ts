import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readdir, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 12);
/** Tells this process from an earlier one of the same number, as in a container that was started again. */
const RUN = randomBytes(6).toString('hex');
/** Whoever writes to a file makes it younger. */
const FORGOTTEN_MS = 60 * 60_000;
const NAME = /^([0-9a-f]{12})\.(\d+)\.([0-9a-f]{12})\.[0-9a-f-]{36}$/;

/** A name that says who writes to the file. */
export function temporaryName(): string {
  return `${HOST}.${process.pid}.${RUN}.${randomUUID()}`;
}

/** Removes what processes have left that were killed while they wrote. */
export async function sweepTemporary(folder: string): Promise<void> {
  // The times of files are those of the machine, whatever clock a test has put in its place.
  const now = Date.now();
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    try {
      if (isOrphan(name) || (await stat(path)).mtimeMs < now - FORGOTTEN_MS) await unlink(path);
    } catch {
      // Somebody else was faster, or it is not ours to remove.
    }
  }
}

/** Whether its writer is known to be gone. Of other machines nothing is known. */
function isOrphan(name: string): boolean {
  const [, host, pid, run] = NAME.exec(name) ?? [];
  if (host !== HOST) return false;
  return Number(pid) === process.pid ? run !== RUN : !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
