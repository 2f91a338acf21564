import type { DataSource, EntityManager } from 'typeorm';

/** PostgreSQL lets one of two that wait for each other go on, and tells the other to come again. */
const DEADLOCK = '40P01';
const TRIES = 3;

/** Runs `work` in a transaction, and once more when it was given up for another one; so it may do nothing besides. */
export async function inTransaction<Result>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await dataSource.transaction(work);
    } catch (error) {
      if (!isDeadlock(error) || tries === TRIES) throw error;
    }
  }
}

function isDeadlock(error: unknown): boolean {
  const cause = (error as { driverError?: unknown } | null)?.driverError ?? error;
  return (cause as { code?: unknown } | null)?.code === DEADLOCK;
}
