import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { EmbeddedStoreError } from './embedded-store.error';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries';
import {
  choosePostgresFolder,
  createDraftFolder,
  hasDatabase,
  movedPostgresFolder,
  removePostgresFolder,
  settleMove,
  usualPostgresFolder,
} from './postgres-folder';
import { answersSignals, commandLineOf, endProcess, isRunning, runCommand } from './processes';
import { findFreePort, ServerProcess } from './server-process';
import { findPostgresUser, type RunAs } from './unprivileged-user';

/** One running embedded store. */
export interface EmbeddedStore {
  url: string;
  /** For people: what it is and where its data are. */
  description: string;
  stop(): Promise<void>;
  signalAtExit(): void;
  /** Deletes what it kept on disk; only after `stop`. */
  removeData(): void;
}

export interface EmbeddedPostgresOptions {
  dataDir: string;
  /** Gives up durability for speed: for data that nobody will miss. */
  unsafeFast: boolean;
  log: (message: string) => void;
}

const NAME = 'gatecode'; // of the superuser and of the database

/** Fast shutdown, then immediate, then none (https://www.postgresql.org/docs/18/server-shutdown.html). */
const STOP_STEPS: [NodeJS.Signals, number][] = [
  ['SIGINT', 3_500],
  ['SIGQUIT', 1_000],
  ['SIGKILL', 500],
];

/** Faults that pass: the port was taken meanwhile, or the last of a killed server's processes still end. */
const PASSING_FAULT = /Address already in use|pre-existing shared memory|lock file .* already exists/;

/**
 * Starts PostgreSQL from the npm package on the loopback address; the first start makes the database.
 * The caller has the data folder locked, so that a server found in it can only be an orphan.
 * @throws {EmbeddedStoreError}
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedStore> {
  const runAs = findPostgresUser(usualPostgresFolder(options.dataDir));
  if (!runAs) {
    throw new EmbeddedStoreError(
      'PostgreSQL refuses to run as root and there is no "postgres" or "nobody" account to run it as. ' +
        'Start Gatecode as an ordinary user, or set DATABASE_URL.',
    );
  }
  const binaries = await findPostgresBinaries(runAs);
  const folder = await choosePostgresFolder(options.dataDir, runAs);
  await endOrphan(folder);
  settleMove(options.dataDir, folder);
  if (!hasDatabase(folder, options.log)) {
    if (!options.unsafeFast) options.log(`First start: creating the database in ${readable(folder)}`);
    await initialise(folder, binaries, runAs);
  }
  const [server, port] = await launch(folder, binaries, runAs, options);
  await createDatabase(port).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  return {
    url: urlOf(port, NAME),
    description: `PostgreSQL ${binaries.version} embedded, data in ${readable(folder)}`,
    stop: () => server.stop(),
    signalAtExit: () => server.signalAtExit(),
    removeData: () => removePostgresFolder(folder),
  };
}

/** Ends the server and deletes the data that a killed process left behind. */
export async function discardPostgres(dataDir: string): Promise<void> {
  for (const folder of [usualPostgresFolder(dataDir), movedPostgresFolder(dataDir)]) {
    if (!existsSync(folder)) continue;
    await endOrphan(folder);
    removePostgresFolder(folder);
  }
}

async function initialise(folder: string, { initdb }: PostgresBinaries, runAs: RunAs): Promise<void> {
  const draft = createDraftFolder(folder, runAs);
  const args = [
    '-D',
    draft,
    '-U',
    NAME,
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
  const { code, output } = await runCommand(initdb, args, { ...runAs, cwd: '/', env: environment() });
  if (code === 0) return renameSync(draft, folder);
  rmSync(draft, { recursive: true, force: true, maxRetries: 3 });
  throw new EmbeddedStoreError(
    `The embedded PostgreSQL could not create its database in ${folder} (set DATABASE_URL to do without it):\n${output.trim()}`,
  );
}

async function launch(
  folder: string,
  { postgres }: PostgresBinaries,
  runAs: RunAs,
  { unsafeFast, log }: EmbeddedPostgresOptions,
): Promise<[ServerProcess, number]> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    try {
      const [server] = await ServerProcess.launch({
        name: 'embedded PostgreSQL',
        command: postgres,
        args: serverArguments(folder, port, unsafeFast),
        options: { ...runAs, env: environment() },
        readyLine: /ready to accept connections/,
        stopSteps: STOP_STEPS,
        log,
      });
      return [server, port];
    } catch (error) {
      const { message } = error as Error;
      if (attempt === 5 || !PASSING_FAULT.test(message)) throw explained(folder, message);
      await delay(300);
    }
  }
}

function serverArguments(folder: string, port: number, unsafeFast: boolean): string[] {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'timezone=UTC',
    'log_timezone=UTC',
    // Its errors reach us through the client; in its own words they may quote rows and statements.
    'log_error_verbosity=terse',
    'log_min_error_statement=panic',
    ...(unsafeFast ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : []),
  ];
  return ['-D', folder, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
}

/** PostgreSQL's own variables would redirect it, and its messages are read here: in English, please. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(own), LC_ALL: 'C', LANG: 'C' };
}

/** A process that died by SIGKILL leaves its server behind, and that server owns the folder. */
async function endOrphan(folder: string): Promise<void> {
  const pidFile = join(folder, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (!(pid > 0)) return;
  if (isRunning(pid) && commandLineOf(pid).includes(folder)) {
    const ended = await endProcess(pid, STOP_STEPS);
    if (!ended) throw new EmbeddedStoreError(`The old server (process ${pid}) of ${folder} does not stop.`);
  } else if (answersSignals(pid)) {
    // The number went to another process, or to a zombie: PostgreSQL would take either for a living server.
    rmSync(pidFile, { force: true });
  }
}

async function createDatabase(port: number): Promise<void> {
  const client = new Client({ connectionString: urlOf(port, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [NAME]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${NAME}`);
  } finally {
    await client.end();
  }
}

function urlOf(port: number, database: string): string {
  return `postgres://${NAME}@127.0.0.1:${port}/${database}`;
}

function explained(folder: string, message: string): EmbeddedStoreError {
  return new EmbeddedStoreError(
    `${message}\nIts data are in ${folder}: if they are of no use any more, delete that folder; ` +
      'or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

function readable(folder: string): string {
  const short = relative(process.cwd(), folder);
  return short.startsWith('..') ? folder : short;
}
