import { Client } from 'pg';
import type { MigrationInterface } from 'typeorm';
import { MIGRATIONS } from '../../migrations';
import { redactText } from '../common/redaction';
import { checkSigningKeys } from './check-signing-keys';
import { fail, type Finding, ok, warn } from './finding';
import { CALL_MS, within } from './time-limit';

const OLDEST = 14;
const CONNECT_MS = 4_000;
/** Tokens are dated by this machine's clock and looked after by the database's. */
const SKEW_WARN_MS = 5_000;
const SKEW_FAIL_MS = 60_000;

const REMEDIES: Readonly<Record<string, string>> = {
  '28P01': 'Check user and password in DATABASE_URL',
  '28000': 'Check user and password in DATABASE_URL, and pg_hba.conf',
  '3D000': 'Create the database that DATABASE_URL names',
  '42501': 'Let this user read the tables',
};

export interface PostgresTarget {
  readonly url: string;
  /** There, migrations are run by hand. */
  readonly production: boolean;
  /** 32 bytes, base64; unset is not looked at. */
  readonly secretKey?: string;
}

/** PostgreSQL: reached, new enough, migrated, of the same time, and sealed with our key. Nothing is written. */
export function checkPostgres(target: PostgresTarget): Promise<Finding[]> {
  const late = () => [unreachable('it gave no answer in time', '')];
  return within(CALL_MS, look(target), late);
}

async function look({ url, production, secretKey }: PostgresTarget): Promise<Finding[]> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
    application_name: 'gatecode-doctor',
  });
  client.on('error', () => undefined); // the query that is under way says so
  try {
    await client.connect();
    const found = [await version(client), await migrations(client, production), await clock(client)];
    return secretKey ? [...found, await checkSigningKeys(client, secretKey)] : found;
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    return [unreachable(redactText(message || code), code)];
  } finally {
    void client.end().catch(() => undefined);
  }
}

function unreachable(detail: string, code: string): Finding {
  return fail('postgres', detail, REMEDIES[code] ?? 'Start PostgreSQL there, or correct DATABASE_URL');
}

async function version(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ number: string; text: string }>(
    "SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS text",
  );
  const [{ number, text }] = rows;
  return Number(number) >= OLDEST * 10_000
    ? ok('postgres', `version ${text} answers`)
    : fail('postgres', `version ${text} is too old`, `Use PostgreSQL ${OLDEST} or newer`);
}

async function migrations(client: Client, production: boolean): Promise<Finding> {
  const pending = await pendingMigrations(client);
  if (pending === 0) return ok('migrations', 'all have run');
  const detail = `${pending} of ${MIGRATIONS.length} are pending`;
  return production
    ? fail('migrations', detail, 'Run npm run migration:run before you start this version')
    : warn('migrations', detail, 'Start the service, which runs them outside production');
}

async function pendingMigrations(client: Client): Promise<number> {
  const { rows: tables } = await client.query(
    "SELECT 1 WHERE to_regclass('gatecode_migrations') IS NOT NULL",
  );
  if (tables.length === 0) return MIGRATIONS.length;
  const { rows } = await client.query<{ name: string }>('SELECT name FROM gatecode_migrations');
  const done = new Set(rows.map(({ name }) => name));
  return MIGRATIONS.filter((migration) => !done.has(nameOf(migration))).length;
}

/** TypeORM's: the name a migration gives itself, else that of its class. */
function nameOf(migration: new () => MigrationInterface): string {
  return new migration().name ?? migration.name;
}

async function clock(client: Client): Promise<Finding> {
  const askedAt = Date.now();
  const { rows } = await client.query<{ ms: string }>(
    'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms',
  );
  return judgeClock((askedAt + Date.now()) / 2 - Number(rows[0].ms));
}

/** @param offMs how far this machine is ahead of the database, milliseconds */
export function judgeClock(offMs: number): Finding {
  if (Math.abs(offMs) <= SKEW_WARN_MS) return ok('clock', 'agrees with the database’s');
  const side = offMs > 0 ? 'ahead of' : 'behind';
  const detail = `this machine is ${Math.round(Math.abs(offMs) / 1_000)} s ${side} the database`;
  const remedy = 'Let both machines follow a time server (NTP)';
  return Math.abs(offMs) > SKEW_FAIL_MS ? fail('clock', detail, remedy) : warn('clock', detail, remedy);
}
