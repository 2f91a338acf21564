import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Numbers and segments that get no messages, or only for a captcha. Redis applies what is written here. */
export class CreateSmsBlocks1795219200004 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE sms_blocks (
        id            uuid PRIMARY KEY,
        kind          varchar(8) NOT NULL
                      CONSTRAINT sms_blocks_kind_check CHECK (kind IN ('phone', 'segment')),
        subject_index bytea NOT NULL,
        segment_index bytea NOT NULL,
        hint          varchar(32) NOT NULL,
        effect        varchar(16) NOT NULL
                      CONSTRAINT sms_blocks_effect_check CHECK (effect IN ('block', 'challenge')),
        automatic     boolean NOT NULL,
        reason        varchar(200) NOT NULL,
        created_by    varchar(36) NOT NULL,
        created_at    timestamptz NOT NULL DEFAULT now(),
        expires_at    timestamptz NOT NULL,
        lifted_at     timestamptz,
        lifted_by     varchar(36)
      )`);
    await queryRunner.query(
      `COMMENT ON COLUMN sms_blocks.subject_index IS 'blind index of the number, or of the segment'`,
    );
    await queryRunner.query(`COMMENT ON COLUMN sms_blocks.hint IS 'the number or segment, masked'`);
    await queryRunner.query(
      'CREATE INDEX sms_blocks_open_idx ON sms_blocks (expires_at) WHERE lifted_at IS NULL',
    );
    await queryRunner.query(
      'CREATE INDEX sms_blocks_lifted_idx ON sms_blocks (lifted_at) WHERE lifted_at IS NOT NULL',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE sms_blocks');
  }
}
