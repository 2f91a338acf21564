import type { RunningApp } from './start-app';

/** Every row of every table, as PostgreSQL writes it: bytes are hexadecimal. */
export async function dumpOfDatabase({ dataSource }: RunningApp): Promise<string> {
  const tables = await dataSource.query<{ name: string }[]>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  const rows = await Promise.all(
    tables.map(({ name }) =>
      dataSource.query<{ row: string }[]>(`SELECT '${name} ' || each::text AS row FROM ${name} AS each`),
    ),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

/** Every key of an application, with what it holds. */
export async function dumpOfRedis({ redis: { client, prefix } }: RunningApp): Promise<string> {
  const keys = await client.keys(`${prefix}*`);
  const values = await Promise.all(
    keys.map(async (key) => {
      switch (await client.type(key)) {
        case 'hash':
          return JSON.stringify(await client.hgetall(key));
        case 'zset':
          return JSON.stringify(await client.zrange(key, '0', '-1'));
        case 'set':
          return JSON.stringify(await client.smembers(key));
        case 'string':
          return client.get(key);
        case 'none': // has expired meanwhile
          return '';
        default:
          throw new Error(`${key} is of a type that nobody has looked into`);
      }
    }),
  );
  return [...keys, ...values].join('\n');
}
