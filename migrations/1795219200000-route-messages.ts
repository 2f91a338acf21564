import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What routing, receipts and operators need to know of a message. None of it is indexed that changes while it is open. */
export class RouteMessages1795219200000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE sms_messages
        ADD segment_index bytea,
        ADD avoid         text[],
        ADD admission     jsonb,
        ADD request_id    varchar(128),
        ADD trace_parent  varchar(64),
        ADD approved_at   timestamptz,
        ADD rerouted_from uuid,
        DROP CONSTRAINT sms_messages_state_check,
        ADD CONSTRAINT sms_messages_state_check CHECK (state IN
          ('queued', 'calling', 'accepted', 'delivered', 'undelivered', 'refused', 'unknown', 'withheld', 'expired'))`);
    await queryRunner.query(
      `COMMENT ON COLUMN sms_messages.avoid IS 'gateways that a message about the same matter went through before'`,
    );
    await queryRunner.query(
      `COMMENT ON COLUMN sms_messages.admission IS 'the counts that admission decided on'`,
    );
    await queryRunner.query(
      `COMMENT ON COLUMN sms_messages.approved_at IS 'when its reader proved to have got it'`,
    );
    await queryRunner.query(`
      ALTER TABLE sms_attempts
        ADD route varchar(255),
        ADD cost  integer`);
    await queryRunner.query(`COMMENT ON COLUMN sms_attempts.route IS 'why this gateway was called'`);
    await queryRunner.query(
      `COMMENT ON COLUMN sms_attempts.cost IS 'minor units of the configured currency'`,
    );
    // Receipts find their message by the vendor's id.
    await queryRunner.query(`
      CREATE INDEX sms_attempts_vendor_idx ON sms_attempts (provider_message_id)
      WHERE provider_message_id IS NOT NULL`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX sms_attempts_vendor_idx');
    await queryRunner.query('ALTER TABLE sms_attempts DROP route, DROP cost');
    await queryRunner.query(
      `UPDATE sms_messages SET state = 'accepted' WHERE state IN ('delivered', 'undelivered')`,
    );
    await queryRunner.query(`
      ALTER TABLE sms_messages
        DROP segment_index, DROP avoid, DROP admission, DROP request_id, DROP trace_parent, DROP approved_at,
        DROP rerouted_from,
        DROP CONSTRAINT sms_messages_state_check,
        ADD CONSTRAINT sms_messages_state_check CHECK (state IN
          ('queued', 'calling', 'accepted', 'refused', 'unknown', 'withheld', 'expired'))`);
  }
}
