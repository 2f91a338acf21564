import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source.options';

/**
 * For the TypeORM command line (`npm run migration:run`), which wants a file with one exported DataSource.
 * Besides main.ts this is the only place that reads the environment.
 */
const url = process.env.DATABASE_URL;
if (!url)
  throw new Error(
    'Set DATABASE_URL to the database to migrate, e.g. postgres://user:password@host:5432/gatecode',
  );

/** Without the timeouts of the service: a migration may take its time. */
export default new DataSource({ ...dataSourceOptions(url), extra: {} });
