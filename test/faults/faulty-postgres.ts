import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres';
import { findPostgresBinaries, type PostgresBinaries } from '../../src/embedded/postgres-binaries';
import { choosePostgresFolder, usualPostgresFolder } from '../../src/embedded/postgres-folder';
import { ServerProcess } from '../../src/embedded/server-process';
import { findPostgresUser, type RunAs } from '../../src/embedded/unprivileged-user';
import { onServer, withDatabase } from '../support/migrated-template';
import { FaultyStore } from './faulty-store';

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'timezone=UTC',
  // Processes are killed here, machines are not: what was handed to the system is safe, and what was not is lost.
  'fsync=off',
  'full_page_writes=off',
];

/** The embedded PostgreSQL, whose data outlive it. */
export class FaultyPostgres extends FaultyStore {
  private databases = 0;

  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly binaries: PostgresBinaries,
    private readonly runAs: RunAs,
  ) {
    super();
  }

  /** @param dataDir an empty folder that PostgreSQL's user may enter */
  static async prepare(dataDir: string): Promise<FaultyPostgres> {
    const first = await startEmbeddedPostgres({ dataDir, unsafeFast: true, log: () => undefined });
    await first.stop();
    const runAs = findPostgresUser(usualPostgresFolder(dataDir))!;
    const folder = await choosePostgresFolder(dataDir, runAs);
    return new FaultyPostgres(first.url, folder, await findPostgresBinaries(runAs), runAs);
  }

  /** @returns the URL of a new, empty database */
  async newDatabase(): Promise<string> {
    const name = `run_${(this.databases += 1)}`;
    await onServer(this.url, `CREATE DATABASE ${name}`);
    return withDatabase(this.url, name);
  }

  protected async launch(): Promise<ServerProcess> {
    // The number of a killed server may be that of its zombie, which PostgreSQL would take for a living one.
    rmSync(join(this.folder, 'postmaster.pid'), { force: true });
    const [server] = await ServerProcess.launch({
      name: 'PostgreSQL',
      command: this.binaries.postgres,
      args: [
        '-D',
        this.folder,
        '-p',
        new URL(this.url).port,
        ...SETTINGS.flatMap((setting) => ['-c', setting]),
      ],
      options: { ...this.runAs, env: { PATH: process.env.PATH, LC_ALL: 'C' } },
      readyLine: /ready to accept connections/,
      stopSteps: [
        ['SIGINT', 3_500],
        ['SIGKILL', 1_000],
      ],
      log: () => undefined,
    });
    return server;
  }
}
