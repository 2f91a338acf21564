import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSmsProviderSettings1795219200002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE sms_provider_settings (
        provider   varchar(32) PRIMARY KEY,
        drained    boolean NOT NULL DEFAULT false,
        weight     integer CONSTRAINT sms_provider_settings_weight_check CHECK (weight BETWEEN 0 AND 9999),
        position   integer,
        changed_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE sms_provider_settings');
  }
}
