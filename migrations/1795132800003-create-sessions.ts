import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSessions1795132800003 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE sessions (
        id                  uuid PRIMARY KEY,
        user_id             uuid NOT NULL CONSTRAINT sessions_user_fkey REFERENCES users (id) ON DELETE CASCADE,
        amr                 text[] NOT NULL,
        refresh_digest      bytea NOT NULL,
        refresh_generation  integer NOT NULL DEFAULT 0,
        previous_digest     bytea,
        rotated_at          timestamptz,
        device              varchar(200),
        ip_prefix           varchar(64),
        created_at          timestamptz NOT NULL DEFAULT now(),
        last_used_at        timestamptz NOT NULL DEFAULT now(),
        idle_expires_at     timestamptz NOT NULL,
        absolute_expires_at timestamptz NOT NULL,
        revoked_at          timestamptz,
        revoked_reason      varchar(32)
      )`);
    await queryRunner.query('CREATE INDEX sessions_user_idx ON sessions (user_id)');
    await queryRunner.query(
      'CREATE INDEX sessions_revoked_idx ON sessions (revoked_at) WHERE revoked_at IS NOT NULL',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE sessions');
  }
}
