import type { Pool } from 'pg';
import { type DataSource, EntityManager } from 'typeorm';

/**
 * One SQL statement of a hot path, parsed and planned once per connection.
 * TypeORM has no named statements; its pool does. Within a transaction it is an ordinary statement.
 */
export class PreparedStatement<Row extends object> {
  /** @param name unique among all statements; shows in `pg_prepared_statements` and lets tests count statements */
  constructor(
    readonly name: string,
    readonly text: string,
  ) {}

  /** @param on an EntityManager joins its transaction; with a DataSource each run may take another connection */
  async run(on: DataSource | EntityManager, values: unknown[]): Promise<Row[]> {
    if (on instanceof EntityManager)
      return rowsOf(await on.query<Row[] | [Row[], number]>(this.text, values));
    const pool = (on.driver as unknown as { master: Pool }).master;
    const result = await pool.query<Row>({ name: this.name, text: this.text, values });
    return result.rows;
  }
}

/** TypeORM answers rows, but rows and their count to what begins with UPDATE or DELETE. */
function rowsOf<Row>(answer: Row[] | [Row[], number]): Row[] {
  return answer.length === 2 && Array.isArray(answer[0]) ? answer[0] : (answer as Row[]);
}

/** @returns the name of the unique constraint that an insert or update ran into, if that is what the error says (23505) */
export function violatedConstraint(error: unknown): string | undefined {
  const cause = (error as { driverError?: unknown }).driverError ?? error;
  const { code, constraint } = cause as { code?: unknown; constraint?: unknown };
  return code === '23505' && typeof constraint === 'string' ? constraint : undefined;
}
