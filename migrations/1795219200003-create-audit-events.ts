import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What operators did. A trigger keeps it as it was written: rights can't, because the service owns the table. */
export class CreateAuditEvents1795219200003 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit_events (
        id         uuid PRIMARY KEY,
        at         timestamptz NOT NULL DEFAULT clock_timestamp(),
        actor      varchar(36) NOT NULL,
        action     varchar(64) NOT NULL,
        subject    varchar(128),
        detail     jsonb NOT NULL DEFAULT '{}',
        request_id varchar(128)
      )`);
    await queryRunner.query('CREATE INDEX audit_events_action_idx ON audit_events (action, id)');
    await queryRunner.query('CREATE INDEX audit_events_actor_idx ON audit_events (actor, id)');
    await queryRunner.query(`
      CREATE FUNCTION audit_events_keep() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' THEN
          IF OLD.at < now() - interval '6 months' THEN RETURN OLD; END IF;
        END IF;
        RAISE EXCEPTION 'audit_events is append-only; entries can be deleted after six months'
          USING ERRCODE = 'restrict_violation';
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER audit_events_keep_rows BEFORE UPDATE OR DELETE ON audit_events
      FOR EACH ROW EXECUTE FUNCTION audit_events_keep()`);
    await queryRunner.query(`
      CREATE TRIGGER audit_events_keep_table BEFORE TRUNCATE ON audit_events
      FOR EACH STATEMENT EXECUTE FUNCTION audit_events_keep()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE audit_events');
    await queryRunner.query('DROP FUNCTION audit_events_keep');
  }
}
