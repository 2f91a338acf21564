import type { DataSource } from 'typeorm';
import type { RedisConnection } from '../redis/redis-connection';

/** Something without which this instance should get no traffic. */
export interface HealthCheck {
  /** Told to everybody who asks: no host, no version. */
  readonly name: string;
  /** @throws when it is not well */
  readonly check: () => Promise<unknown>;
}

export function databaseCheck(dataSource: DataSource): HealthCheck {
  return { name: 'database', check: () => dataSource.query('SELECT 1') };
}

export function redisCheck({ client }: RedisConnection): HealthCheck {
  return { name: 'redis', check: () => client.ping() };
}

/** Whether every migration that this build knows has run. Once they have, that does not change. */
export function migrationsCheck(dataSource: DataSource): HealthCheck {
  let isDone = false;
  return {
    name: 'migrations',
    check: async () => {
      isDone ||= await hasAllMigrations(dataSource);
      if (!isDone) throw new Error('Migrations are missing');
    },
  };
}

async function hasAllMigrations(dataSource: DataSource): Promise<boolean> {
  if (dataSource.migrations.length === 0) return true;
  const table = dataSource.options.migrationsTableName ?? 'migrations';
  const rows: { name: string }[] = await dataSource.query(`SELECT name FROM "${table}"`);
  const done = new Set(rows.map(({ name }) => name));
  return dataSource.migrations.every(({ name, constructor }) => done.has(name ?? constructor.name));
}
