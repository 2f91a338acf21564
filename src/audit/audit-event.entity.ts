import { Column, Entity, PrimaryColumn } from 'typeorm';

export type AuditDetail = Readonly<Record<string, string | number | boolean | null>>;

/** One thing that somebody did who has power over others. Never changed; deleted only when it is old. */
@Entity('audit_events')
export class AuditEvent {
  /** UUID v7: in the order of time. */
  @PrimaryColumn('uuid')
  id: string;

  @Column('timestamptz')
  at: Date;

  /** Id of a user, or `system`. */
  @Column('varchar')
  actor: string;

  /** E.g. `provider.drained`. */
  @Column('varchar')
  action: string;

  /** What it was done to, masked where it is a number. */
  @Column('varchar', { nullable: true })
  subject: string | null;

  @Column('jsonb')
  detail: AuditDetail;

  @Column('varchar', { name: 'request_id', nullable: true })
  requestId: string | null;
}
