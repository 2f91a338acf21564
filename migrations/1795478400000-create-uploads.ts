import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What users were given leave to upload and what became of it; and objects that have to go. */
export class CreateUploads1795478400000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE uploads (
        id           uuid PRIMARY KEY,
        owner_id     varchar(64) NOT NULL,
        number       integer NOT NULL,
        purpose      varchar(40) NOT NULL,
        store        varchar(64) NOT NULL,
        raw_key      varchar(201) NOT NULL,
        content_type varchar(100) NOT NULL,
        max_bytes    bigint NOT NULL,
        received     bigint NOT NULL DEFAULT 0,
        size         bigint,
        etag         varchar(256),
        state        varchar(16) NOT NULL DEFAULT 'pending' CONSTRAINT uploads_state_check CHECK
                     (state IN ('pending', 'uploaded', 'ready', 'used', 'rejected', 'expired')),
        reason       varchar(32),
        lease        integer NOT NULL DEFAULT 0,
        lease_until  timestamptz,
        attempts     smallint NOT NULL DEFAULT 0,
        look_at      timestamptz,
        expires_at   timestamptz NOT NULL,
        created_at   timestamptz NOT NULL DEFAULT now(),
        updated_at   timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uploads_owner_key UNIQUE (owner_id, number)
      )`);
    await queryRunner.query(
      `COMMENT ON COLUMN uploads.number IS 'counts the uploads of an owner: of two that begin at once one has to look again'`,
    );
    await queryRunner.query(
      `COMMENT ON COLUMN uploads.received IS 'bytes so far, where the file comes through this service'`,
    );
    await queryRunner.query(
      `COMMENT ON COLUMN uploads.lease IS 'who completes it holds the number; a later holder has a higher one'`,
    );
    await queryRunner.query(
      `COMMENT ON COLUMN uploads.attempts IS 'completions that began and did not come to an end of their own'`,
    );
    await queryRunner.query(
      `COMMENT ON COLUMN uploads.look_at IS 'when the sweeper looks at it next; null when nothing is left to do'`,
    );
    await queryRunner.query('CREATE INDEX uploads_look_idx ON uploads (look_at) WHERE look_at IS NOT NULL');
    await queryRunner.query(
      `CREATE INDEX uploads_open_idx ON uploads (owner_id, expires_at) WHERE state IN ('pending', 'uploaded')`,
    );
    await queryRunner.query(
      `CREATE INDEX uploads_over_idx ON uploads (updated_at) WHERE state IN ('rejected', 'expired')`,
    );
    await queryRunner.query(`
      CREATE TABLE object_deletions (
        store      varchar(64) NOT NULL,
        key        varchar(201) NOT NULL,
        due_at     timestamptz NOT NULL DEFAULT now(),
        again_at   timestamptz,
        attempts   smallint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT object_deletions_pkey PRIMARY KEY (store, key)
      )`);
    await queryRunner.query(
      `COMMENT ON COLUMN object_deletions.again_at IS 'until then something may be put there anew, and has to go as well'`,
    );
    await queryRunner.query('CREATE INDEX object_deletions_due_idx ON object_deletions (due_at)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE object_deletions');
    await queryRunner.query('DROP TABLE uploads');
  }
}
