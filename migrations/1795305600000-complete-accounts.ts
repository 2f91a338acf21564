import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What registration in steps, step-up, changes of identifiers and deletion need of accounts and sessions. */
export class CompleteAccounts1795305600000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE users
        ADD username_skeleton     varchar(64),
        ADD registration_id       uuid CONSTRAINT users_registration_key UNIQUE,
        ADD token_generation      integer NOT NULL DEFAULT 0,
        ADD generation_changed_at timestamptz,
        ADD deleted_at            timestamptz,
        ADD erase_at              timestamptz,
        ADD held_ciphertext       bytea,
        ADD held_phone_index      bytea,
        ADD phone_changed_at      timestamptz,
        DROP CONSTRAINT users_status_check,
        ADD CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled', 'deleted'))`);
    await queryRunner.query(
      `COMMENT ON COLUMN users.username_skeleton IS 'user names that look alike have the same; unique'`,
    );
    await queryRunner.query(
      `COMMENT ON COLUMN users.token_generation IS 'access tokens of an earlier generation are no good any more'`,
    );
    await queryRunner.query(
      `COMMENT ON COLUMN users.held_ciphertext IS 'what a deleted account held, until it is erased for good'`,
    );
    await queryRunner.query(
      `COMMENT ON COLUMN users.held_phone_index IS 'by which an operator finds a deleted account, until then'`,
    );
    // Names that were given before look-alikes were looked for stay; the first of each keeps the looks to itself.
    await queryRunner.query(`
      UPDATE users SET username_skeleton = first.skeleton
      FROM (SELECT DISTINCT ON (skeleton) id, skeleton
            FROM (SELECT id, created_at, replace(replace(translate(username_key, '01i', 'oll'), 'm', 'rn'), 'w', 'vv') AS skeleton
                  FROM users WHERE username_key IS NOT NULL) AS named
            ORDER BY skeleton, created_at) AS first
      WHERE users.id = first.id`);
    await queryRunner.query(
      'ALTER TABLE users ADD CONSTRAINT users_username_skeleton_key UNIQUE (username_skeleton)',
    );
    await queryRunner.query(`
      CREATE INDEX users_generation_idx ON users (generation_changed_at)
      WHERE generation_changed_at IS NOT NULL`);
    await queryRunner.query('CREATE INDEX users_erase_idx ON users (erase_at) WHERE erase_at IS NOT NULL');
    await queryRunner.query(
      'CREATE INDEX users_held_phone_idx ON users (held_phone_index) WHERE held_phone_index IS NOT NULL',
    );
    await queryRunner.query(`CREATE INDEX users_admins_idx ON users (id) WHERE 'admin' = ANY (roles)`);
    await queryRunner.query('CREATE INDEX audit_events_subject_idx ON audit_events (subject, id)');
    await queryRunner.query(`
      CREATE TABLE consents (
        id             uuid PRIMARY KEY,
        user_id        uuid NOT NULL CONSTRAINT consents_user_fkey REFERENCES users (id) ON DELETE CASCADE,
        policy_version varchar(64) NOT NULL,
        ip_prefix      varchar(64),
        given_at       timestamptz NOT NULL DEFAULT now()
      )`);
    await queryRunner.query('CREATE INDEX consents_user_idx ON consents (user_id)');
    await queryRunner.query('ALTER TABLE spent_verifications ADD user_id uuid');
    await queryRunner.query(
      'CREATE INDEX spent_verifications_user_idx ON spent_verifications (user_id) WHERE user_id IS NOT NULL',
    );
    await queryRunner.query(
      `COMMENT ON COLUMN spent_verifications.user_id IS 'who asked for the code, where its purpose needs one'`,
    );
    await queryRunner.query('ALTER TABLE sessions ADD elevated_until timestamptz');
    await queryRunner.query(
      `COMMENT ON COLUMN sessions.elevated_until IS 'a step-up lasts until then; sensitive calls need one'`,
    );
    await queryRunner.query(
      'ALTER TABLE signing_keys ADD signs_from timestamptz, ADD revoked_at timestamptz',
    );
    await queryRunner.query('UPDATE signing_keys SET signs_from = created_at');
    await queryRunner.query(
      'ALTER TABLE signing_keys ALTER signs_from SET NOT NULL, ALTER signs_from SET DEFAULT now()',
    );
    await queryRunner.query(
      `COMMENT ON COLUMN signing_keys.signs_from IS 'published before, signs from then on until another takes over'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE signing_keys DROP signs_from, DROP revoked_at');
    await queryRunner.query('ALTER TABLE sessions DROP elevated_until');
    await queryRunner.query('ALTER TABLE spent_verifications DROP user_id');
    await queryRunner.query('DROP TABLE consents');
    await queryRunner.query('DROP INDEX audit_events_subject_idx');
    await queryRunner.query('DROP INDEX users_admins_idx');
    await queryRunner.query(`DELETE FROM users WHERE status = 'deleted'`);
    await queryRunner.query(`
      ALTER TABLE users
        DROP username_skeleton, DROP registration_id, DROP token_generation, DROP generation_changed_at,
        DROP deleted_at, DROP erase_at, DROP held_ciphertext,
        DROP held_phone_index, DROP phone_changed_at,
        DROP CONSTRAINT users_status_check,
        ADD CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled'))`);
  }
}
