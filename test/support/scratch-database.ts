import { randomBytes } from 'node:crypto';
import { onServer, TEMPLATE, withDatabase } from './migrated-template';

export interface ScratchDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A migrated database of this spec's own, under a random name. */
export async function createScratchDatabase({ empty = false } = {}): Promise<ScratchDatabase> {
  const server = process.env.DATABASE_URL!;
  const name = `gatecode_test_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name}${empty ? '' : ` TEMPLATE ${TEMPLATE}`}`);
  return {
    url: withDatabase(server, name),
    drop: () => onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}
