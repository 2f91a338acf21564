import { Column, Entity, PrimaryColumn } from 'typeorm';

export type BlockKind = 'phone' | 'segment';
export type BlockEffect = 'block' | 'challenge';

/** Who gets no messages for a while, or only for a captcha, and who said so. */
@Entity('sms_blocks')
export class Block {
  /** UUID v7: in the order of time. */
  @PrimaryColumn('uuid')
  id: string;

  @Column('varchar')
  kind: BlockKind;

  /** Blind index of the number, or of the segment. */
  @Column('bytea', { name: 'subject_index' })
  subjectIndex: Buffer;

  /** Blind index of the segment. */
  @Column('bytea', { name: 'segment_index' })
  segmentIndex: Buffer;

  /** The number or segment, masked. */
  @Column('varchar')
  hint: string;

  @Column('varchar')
  effect: BlockEffect;

  /** Made by the guard against pumping, whose counts are what really blocks. */
  @Column('boolean')
  automatic: boolean;

  @Column('varchar')
  reason: string;

  /** Id of a user, or `system`. */
  @Column('varchar', { name: 'created_by' })
  createdBy: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'lifted_at', nullable: true })
  liftedAt: Date | null;

  @Column('varchar', { name: 'lifted_by', nullable: true })
  liftedBy: string | null;
}
