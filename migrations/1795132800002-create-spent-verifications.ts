import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A proof of possession leaves its verification's id here, in the statement that writes what it bought:
 * so a code works once even when Redis forgets that it was used.
 */
export class CreateSpentVerifications1795132800002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE spent_verifications (
        verification_id   uuid CONSTRAINT spent_verifications_pkey PRIMARY KEY,
        purpose           varchar(32) NOT NULL,
        phone_index       bytea NOT NULL,
        phone_ciphertext  bytea NOT NULL,
        spent_at          timestamptz NOT NULL DEFAULT now(),
        ticket_digest     bytea CONSTRAINT spent_verifications_ticket_key UNIQUE,
        ticket_expires_at timestamptz,
        ticket_used_at    timestamptz
      )`);
    await queryRunner.query(
      'CREATE INDEX spent_verifications_spent_at_idx ON spent_verifications (spent_at)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE spent_verifications');
  }
}
