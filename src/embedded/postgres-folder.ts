import { createHash } from 'node:crypto';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EmbeddedStoreError } from './embedded-store.error';
import { runCommand } from './processes';
import type { RunAs } from './unprivileged-user';

/** Where the database files belong as long as nothing stands in the way. */
export function usualPostgresFolder(dataDir: string): string {
  return join(realpathSync(dataDir), 'postgres');
}

/** Where they go when PostgreSQL's user can't enter the data folder, such as one below root's home. */
export function movedPostgresFolder(dataDir: string): string {
  const hash = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 12);
  return join('/var/tmp', `gatecode-${hash}`, 'postgres');
}

/**
 * Chooses the folder of the database files. Once moved they stay moved, as long as the data folder says so:
 * who deletes the data folder wants to begin anew, and the old rows could not be read without its key anyway.
 */
export async function choosePostgresFolder(dataDir: string, runAs: RunAs): Promise<string> {
  const usual = usualPostgresFolder(dataDir);
  if (runAs.uid === undefined) {
    refuseForeign(usual);
    return usual;
  }
  if (!existsSync(moveNote(dataDir)) && (await canWriteBelow(dirname(usual), runAs))) return usual;
  const moved = movedPostgresFolder(dataDir);
  ownPublicFolder(dirname(moved));
  return moved;
}

/** Deletes moved files that their data folder knows nothing of, and makes it know. The server has ended. */
export function settleMove(dataDir: string, folder: string): void {
  const note = moveNote(dataDir);
  if (folder !== movedPostgresFolder(dataDir) || existsSync(note)) return;
  removeFolder(folder);
  writeFileSync(note, `${folder}\n`);
}

function moveNote(dataDir: string): string {
  return join(dataDir, 'postgres.moved');
}

/**
 * An empty folder of PostgreSQL's user for `initdb` to fill. It gets its real name only when it is complete,
 * so that no start ever meets half a database.
 */
export function createDraftFolder(folder: string, runAs: RunAs): string {
  for (const name of readdirSync(dirname(folder))) {
    if (name.startsWith(`${basename(folder)}.initdb-`)) removeFolder(join(dirname(folder), name));
  }
  const draft = mkdtempSync(`${folder}.initdb-`);
  if (runAs.uid !== undefined && runAs.gid !== undefined) chownSync(draft, runAs.uid, runAs.gid);
  return draft;
}

/** Whether a whole database is in the folder; whatever else lies there is moved aside, not deleted. */
export function hasDatabase(folder: string, log: (message: string) => void): boolean {
  if (existsSync(join(folder, 'PG_VERSION')) && existsSync(join(folder, 'global', 'pg_control'))) return true;
  if (!existsSync(folder)) return false;
  if (readdirSync(folder).length === 0) {
    removeFolder(folder);
    return false;
  }
  const aside = `${folder}.incomplete-${Date.now()}`;
  renameSync(folder, aside);
  log(`${folder} held no complete database: moved to ${aside}, starting with a new one`);
  return false;
}

/** Deletes the database files, wherever they are. */
export function removePostgresFolder(folder: string): void {
  removeFolder(dirname(folder).startsWith('/var/tmp/gatecode-') ? dirname(folder) : folder);
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Tried, not computed: modes alone don't tell about access lists or network file systems. */
async function canWriteBelow(dataDir: string, runAs: RunAs): Promise<boolean> {
  const trial = mkdtempSync(join(dataDir, '.trial-'));
  try {
    chownSync(trial, runAs.uid ?? 0, runAs.gid ?? 0);
    const { code } = await runCommand('/bin/sh', ['-c', 'cd -- "$1" && : > file', 'sh', trial], {
      ...runAs,
      cwd: '/',
    });
    return code === 0;
  } catch {
    return false;
  } finally {
    removeFolder(trial);
  }
}

function refuseForeign(folder: string): void {
  const owner = statSync(folder, { throwIfNoEntry: false })?.uid;
  if (owner === undefined || owner === process.getuid?.() || !process.getuid) return;
  throw new EmbeddedStoreError(
    `${folder} belongs to another user (number ${owner}; Gatecode was started as that user, or as root). Start it ` +
      'as before, or delete that folder, or choose another with DATA_DIR, or set DATABASE_URL.',
  );
}

/** A name in a public folder can be guessed and taken beforehand: it must be ours alone. */
function ownPublicFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const { uid, mode } = lstatSync(folder);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) {
    throw new EmbeddedStoreError(`${folder} belongs to somebody else. Delete it, or set DATABASE_URL.`);
  }
}
