import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Receipt } from './sms-provider.interface';

/** One report of a gateway about one message. */
@Entity('sms_receipts')
export class SmsReceipt {
  /** UUID v7. */
  @PrimaryColumn('uuid')
  id: string;

  /** SHA-256 of what tells one report from another: who gets the same twice has one row. */
  @Column('bytea')
  digest: Buffer;

  @Column('varchar')
  provider: string;

  @Column('varchar', { name: 'provider_message_id', nullable: true })
  providerMessageId: string | null;

  /** As the gateway echoed it, and once applied as it was found. */
  @Column('uuid', { name: 'message_id', nullable: true })
  messageId: string | null;

  @Column('bytea', { name: 'phone_index', nullable: true })
  phoneIndex: Buffer | null;

  @Column('varchar')
  status: Receipt['status'];

  @Column('varchar', { name: 'vendor_code' })
  vendorCode: string;

  @Column('smallint', { nullable: true })
  segments: number | null;

  @Column('timestamptz', { name: 'reported_at', nullable: true })
  reportedAt: Date | null;

  @Column('timestamptz', { name: 'received_at' })
  receivedAt: Date;

  /** Null while it waits for its message to be known. */
  @Column('timestamptz', { name: 'applied_at', nullable: true })
  appliedAt: Date | null;
}
