import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.options';

/** Name of the database that scratch databases are copied from. */
export const TEMPLATE = 'gatecode_test_template';

/** @returns the URL of another database on the same server */
export function withDatabase(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

/** Runs statements on the server, outside any scratch database. */
export async function onServer(databaseUrl: string, ...statements: string[]): Promise<void> {
  const admin = new DataSource({ type: 'postgres', url: databaseUrl, installExtensions: false });
  await admin.initialize();
  try {
    for (const statement of statements) await admin.query(statement);
  } finally {
    await admin.destroy();
  }
}

/** Migrates one database once, so that every spec gets its own by a copy. Only ever touches its own name. */
export async function createMigratedTemplate(databaseUrl: string): Promise<void> {
  await onServer(databaseUrl, `DROP DATABASE IF EXISTS ${TEMPLATE}`, `CREATE DATABASE ${TEMPLATE}`);
  const template = new DataSource(dataSourceOptions(withDatabase(databaseUrl, TEMPLATE)));
  await template.initialize();
  await template.runMigrations();
  await template.destroy();
}
