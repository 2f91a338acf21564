import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What gateways reported after they took a message. A report that comes again is the same row. */
export class CreateSmsReceipts1795219200001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE sms_receipts (
        id                  uuid PRIMARY KEY,
        digest              bytea NOT NULL CONSTRAINT sms_receipts_digest_key UNIQUE,
        provider            varchar(32) NOT NULL,
        provider_message_id varchar(128),
        message_id          uuid,
        phone_index         bytea,
        status              varchar(16) NOT NULL CONSTRAINT sms_receipts_status_check CHECK
                            (status IN ('delivered', 'undelivered', 'unknown')),
        vendor_code         varchar(128) NOT NULL,
        segments            smallint,
        reported_at         timestamptz,
        received_at         timestamptz NOT NULL DEFAULT now(),
        applied_at          timestamptz
      )`);
    await queryRunner.query(
      `COMMENT ON COLUMN sms_receipts.message_id IS 'as the gateway echoed it, and once applied as it was found'`,
    );
    await queryRunner.query(
      `COMMENT ON COLUMN sms_receipts.applied_at IS 'null while it waits for its message to be known'`,
    );
    await queryRunner.query(
      'CREATE INDEX sms_receipts_waiting_idx ON sms_receipts (received_at) WHERE applied_at IS NULL',
    );
    await queryRunner.query(
      'CREATE INDEX sms_receipts_message_idx ON sms_receipts (message_id) WHERE message_id IS NOT NULL',
    );
    // Calls whose message may have to be asked after. Not an index on the messages' state: the steps of a message
    // would no longer stay within their page.
    await queryRunner.query(
      `CREATE INDEX sms_attempts_unknown_idx ON sms_attempts (finished_at) WHERE outcome = 'unknown'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX sms_attempts_unknown_idx');
    await queryRunner.query('DROP TABLE sms_receipts');
  }
}
