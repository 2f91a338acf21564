import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The message table is the queue: rows are claimed with SKIP LOCKED, under a lease and a fencing number. */
export class CreateSmsOutbox1795132800001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE sms_messages (
        id                  uuid PRIMARY KEY,
        source              varchar(32) NOT NULL,
        reference           uuid,
        purpose             varchar(32) NOT NULL,
        channel             varchar(8)  NOT NULL,
        locale              varchar(8)  NOT NULL,
        phone_index         bytea NOT NULL,
        phone_ciphertext    bytea NOT NULL,
        content_ciphertext  bytea,
        state               varchar(16) NOT NULL DEFAULT 'queued'
                            CONSTRAINT sms_messages_state_check CHECK
                            (state IN ('queued', 'calling', 'accepted', 'refused', 'unknown', 'withheld', 'expired')),
        provider            varchar(32),
        provider_message_id varchar(128),
        refusal             char(1),
        fence               integer NOT NULL DEFAULT 0,
        lease_until         timestamptz,
        send_before         timestamptz NOT NULL,
        created_at          timestamptz NOT NULL DEFAULT now(),
        settled_at          timestamptz
      ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)`);
    // An index on the state would be rewritten by every step of a message. While a message is open none of its indexed
    // columns changes, so a claim is an update within the page (HOT), which is what the free space above is for.
    await queryRunner.query(
      'CREATE INDEX sms_messages_open_idx ON sms_messages (created_at) WHERE settled_at IS NULL',
    );
    await queryRunner.query('CREATE INDEX sms_messages_reference_idx ON sms_messages (reference)');
    await queryRunner.query('CREATE INDEX sms_messages_phone_idx ON sms_messages (phone_index, created_at)');
    // No foreign key: attempts are only ever written in the statement that settles their message.
    await queryRunner.query(`
      CREATE TABLE sms_attempts (
        message_id          uuid NOT NULL,
        number              smallint NOT NULL,
        provider            varchar(32) NOT NULL,
        outcome             varchar(16) NOT NULL,
        refusal             char(1),
        vendor_code         varchar(128),
        vendor_text         varchar(512),
        vendor_request_id   varchar(128),
        provider_message_id varchar(128),
        segments            smallint,
        started_at          timestamptz NOT NULL,
        finished_at         timestamptz NOT NULL,
        CONSTRAINT sms_attempts_pkey PRIMARY KEY (message_id, number)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE sms_attempts');
    await queryRunner.query('DROP TABLE sms_messages');
  }
}
