import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedStoreError } from './embedded-store.error';
import { identify, isSameProcess, type ProcessIdentity } from './processes';

/** A watcher starts the new process while the old one still stops: so long is waited before refusing. */
const HANDOVER_MS = 2_000;

/**
 * Makes this process the only one that uses the data folder.
 * @returns gives the folder free; safe to call in an `exit` handler
 * @throws {EmbeddedStoreError} when another live process has it
 */
export async function lockDataFolder(dataDir: string): Promise<() => void> {
  const file = join(dataDir, 'embedded.lock');
  const mine = JSON.stringify(identify(process.pid));
  for (const end = Date.now() + HANDOVER_MS; ; await delay(50)) {
    if (createWhole(file, mine)) return () => releaseLock(file, mine);
    const holder = readText(file);
    if (holder === undefined) continue;
    if (!isHeld(holder)) stealStale(file, holder);
    else if (Date.now() > end) throw inUse(dataDir, holder);
  }
}

/** Whether a process locked this data folder and then died without giving it free. */
export function isAbandoned(dataDir: string): boolean {
  const holder = readText(join(dataDir, 'embedded.lock'));
  return holder !== undefined && !isHeld(holder);
}

function isHeld(holder: string): boolean {
  try {
    return isSameProcess(JSON.parse(holder) as ProcessIdentity);
  } catch {
    return false; // not ours or cut short: nobody can be behind it
  }
}

/** Creates the file with its content in one step, so that nobody reads half a lock. */
function createWhole(file: string, content: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    // Some file systems (exFAT, shared folders of virtual machines) have no hard links.
    return createExclusively(file, content);
  } finally {
    rmSync(draft, { force: true });
  }
}

function createExclusively(file: string, content: string): boolean {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Renaming has one winner; the winner looks again whether it took the lock that it had judged. */
function stealStale(file: string, judged: string): void {
  const taken = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, taken);
    const found = readText(taken);
    if (found !== undefined && found !== judged) createWhole(file, found);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    rmSync(taken, { force: true });
  }
}

function releaseLock(file: string, mine: string): void {
  if (readText(file) === mine) rmSync(file, { force: true });
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function inUse(dataDir: string, holder: string): EmbeddedStoreError {
  const { pid } = JSON.parse(holder) as ProcessIdentity;
  return new EmbeddedStoreError(
    `The data folder ${dataDir} is in use by another running Gatecode (process ${pid}). Stop that one first, ` +
      'or give this one its own folder (DATA_DIR=.data-2), or let both share servers of your own ' +
      '(DATABASE_URL and REDIS_URL).',
  );
}
