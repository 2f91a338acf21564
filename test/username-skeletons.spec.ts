import { DataSource } from 'typeorm';
import { MIGRATIONS } from '../migrations';
import { dataSourceOptions } from '../src/database/data-source.options';
import { usernameSkeleton } from '../src/users/username';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database';

describe('user names that were given before look-alikes were looked for', () => {
  let database: ScratchDatabase;
  let dataSource: DataSource;

  const migrateUpTo = async (migrations: typeof MIGRATIONS) => {
    const { url } = database;
    dataSource = await new DataSource({ ...dataSourceOptions(url), migrations }).initialize();
    await dataSource.runMigrations();
  };
  beforeAll(async () => {
    database = await createScratchDatabase({ empty: true });
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('get the skeleton of today; of two that look alike the first has it, and both stay', async () => {
    const until = MIGRATIONS.findIndex(({ name }) => name.startsWith('CompleteAccounts'));
    await migrateUpTo(MIGRATIONS.slice(0, until));
    const names = ['Li_Lei', 'l1_1ei', 'Modern', 'w0rld', 'VVORLD', 'a.b-c', 'iiI111lll', 'x9999'];
    for (const [second, name] of names.entries()) {
      await dataSource.query(
        `INSERT INTO users (id, username, username_key, created_at)
         VALUES (gen_random_uuid(), $1, $2, to_timestamp($3))`,
        [name, name.toLowerCase(), second],
      );
    }
    await dataSource.destroy();
    await migrateUpTo(MIGRATIONS);
    const rows = await dataSource.query<{ username: string; username_skeleton: string | null }[]>(
      'SELECT username, username_skeleton FROM users ORDER BY created_at',
    );
    const seen = new Set<string>();
    const expected = names.map((username) => {
      const skeleton = usernameSkeleton(username);
      const isFirst = !seen.has(skeleton);
      seen.add(skeleton);
      return { username, username_skeleton: isFirst ? skeleton : null };
    });
    expect(rows).toEqual(expected);
    expect(seen.size).toBe(6);
  });
});
