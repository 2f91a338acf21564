import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSigningKeys1795132800004 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE signing_keys (
        kid             varchar(64) PRIMARY KEY,
        alg             varchar(16) NOT NULL,
        public_jwk      jsonb NOT NULL,
        private_wrapped bytea NOT NULL,
        created_at      timestamptz NOT NULL DEFAULT now(),
        retired_at      timestamptz
      )`);
    await queryRunner.query(
      `COMMENT ON COLUMN signing_keys.private_wrapped IS 'PKCS #8, AES-256-GCM under the key-wrapping sub-key'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE signing_keys');
  }
}
