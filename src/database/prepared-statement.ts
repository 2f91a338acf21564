import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/**
 * One SQL statement of a hot path, parsed and planned once per connection.
 * TypeORM has no named statements; its pool does. Outside a transaction only: each run may take another connection.
 */
export class PreparedStatement<Row extends object> {
  /** @param name unique among all statements; shows in `pg_prepared_statements` and lets tests count statements */
  constructor(
    readonly name: string,
    readonly text: string,
  ) {}

  async run(dataSource: DataSource, values: unknown[]): Promise<Row[]> {
    const pool = (dataSource.driver as unknown as { master: Pool }).master;
    const result = await pool.query<Row>({ name: this.name, text: this.text, values });
    return result.rows;
  }
}

/** @returns the name of the unique constraint that an insert or update ran into, if that is what the error says (23505) */
export function violatedConstraint(error: unknown): string | undefined {
  const cause = (error as { driverError?: unknown }).driverError ?? error;
  const { code, constraint } = cause as { code?: unknown; constraint?: unknown };
  return code === '23505' && typeof constraint === 'string' ? constraint : undefined;
}
