import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateUsers1795132800000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE users (
        id               uuid PRIMARY KEY,
        phone_index      bytea CONSTRAINT users_phone_key UNIQUE,
        phone_ciphertext bytea,
        username         varchar(32),
        username_key     varchar(32) CONSTRAINT users_username_key UNIQUE,
        email            varchar(254),
        email_key        varchar(254) CONSTRAINT users_email_key UNIQUE,
        nickname         varchar(64),
        password_hash    varchar(255),
        roles            text[] NOT NULL DEFAULT '{user}',
        status           varchar(16) NOT NULL DEFAULT 'active'
                         CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled')),
        created_at       timestamptz NOT NULL DEFAULT now(),
        updated_at       timestamptz NOT NULL DEFAULT now()
      )`);
    await queryRunner.query(
      `COMMENT ON COLUMN users.phone_index IS 'keyed digest of the E.164 number (blind index)'`,
    );
    await queryRunner.query(`COMMENT ON COLUMN users.phone_ciphertext IS 'AES-256-GCM of the E.164 number'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE users');
  }
}
