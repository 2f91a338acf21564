import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which upload is shown of a user. Uploads of hosts that have no users here stand by themselves. */
export class AddAvatars1795478400001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE users
        ADD COLUMN avatar_upload_id uuid,
        ADD COLUMN avatar_store varchar(64),
        ADD CONSTRAINT users_avatar_check CHECK ((avatar_upload_id IS NULL) = (avatar_store IS NULL))`);
    await queryRunner.query(
      `COMMENT ON COLUMN users.avatar_store IS 'as uploads has it: with the id it makes the URL, without another statement'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE users DROP COLUMN avatar_store, DROP COLUMN avatar_upload_id');
  }
}
