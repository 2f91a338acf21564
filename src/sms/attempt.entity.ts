import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RefusalClass, SmsOutcome } from './sms-provider.interface';

/** One call of one gateway for one message, written when its outcome is known. */
@Entity('sms_attempts')
export class SmsAttempt {
  @PrimaryColumn('uuid', { name: 'message_id' })
  messageId: string;

  @PrimaryColumn('smallint')
  number: number;

  @Column('varchar')
  provider: string;

  @Column('varchar')
  outcome: SmsOutcome['kind'];

  @Column('char', { nullable: true })
  refusal: RefusalClass | null;

  @Column('varchar', { name: 'vendor_code', nullable: true })
  vendorCode: string | null;

  /** The vendor's words, for operators only. */
  @Column('varchar', { name: 'vendor_text', nullable: true })
  vendorText: string | null;

  @Column('varchar', { name: 'vendor_request_id', nullable: true })
  vendorRequestId: string | null;

  @Column('varchar', { name: 'provider_message_id', nullable: true })
  providerMessageId: string | null;

  @Column('smallint', { nullable: true })
  segments: number | null;

  @Column('timestamptz', { name: 'started_at' })
  startedAt: Date;

  @Column('timestamptz', { name: 'finished_at' })
  finishedAt: Date;

  /** Why this gateway was called. */
  @Column('varchar', { nullable: true })
  route: string | null;

  /** Minor units of the configured currency. */
  @Column('integer', { nullable: true })
  cost: number | null;
}
