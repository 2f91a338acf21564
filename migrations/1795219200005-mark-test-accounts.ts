import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts that were made with the code of a test number: the only ones such a code may open. */
export class MarkTestAccounts1795219200005 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE users ADD is_test boolean NOT NULL DEFAULT false');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE users DROP is_test');
  }
}
