import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The shop's own tables; Gatecode's come with its own migrations. */
export class CreateShop1795400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE customers (
        id uuid PRIMARY KEY,
        phone text NOT NULL UNIQUE,
        name text NOT NULL,
        points int NOT NULL DEFAULT 0
      );
      CREATE TABLE orders (
        id serial PRIMARY KEY,
        customer_id uuid REFERENCES customers ON DELETE SET NULL,
        item text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE orders; DROP TABLE customers');
  }
}
