import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Channel, Locale, RefusalClass } from './sms-provider.interface';

/**
 * queued -> calling -> accepted | refused | unknown; queued -> withheld | expired.
 * `calling` is committed before the gateway is called, so that a crash is seen as *unknown* and never as *not sent*.
 */
export type MessageState = 'queued' | 'calling' | 'accepted' | 'refused' | 'unknown' | 'withheld' | 'expired';

/** A row of the outbox. */
@Entity('sms_messages')
export class SmsMessage {
  @PrimaryColumn('uuid')
  id: string;

  @Column('varchar')
  source: string;

  @Column('uuid', { nullable: true })
  reference: string | null;

  @Column('varchar')
  purpose: string;

  @Column('varchar')
  channel: Channel;

  @Column('varchar')
  locale: Locale;

  @Column('bytea', { name: 'phone_index' })
  phoneIndex: Buffer;

  @Column('bytea', { name: 'phone_ciphertext' })
  phoneCiphertext: Buffer;

  /** Only of messages whose text a host handed in; wiped once it is sent. */
  @Column('bytea', { name: 'content_ciphertext', nullable: true })
  contentCiphertext: Buffer | null;

  @Column('varchar')
  state: MessageState;

  @Column('varchar', { nullable: true })
  provider: string | null;

  @Column('varchar', { name: 'provider_message_id', nullable: true })
  providerMessageId: string | null;

  @Column('char', { nullable: true })
  refusal: RefusalClass | null;

  /** Fencing number: raised by every claim; an outcome of an older claim is void. */
  @Column('integer')
  fence: number;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil: Date | null;

  /** Too little validity is left after this instant for the message to be worth sending. */
  @Column('timestamptz', { name: 'send_before' })
  sendBefore: Date;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'settled_at', nullable: true })
  settledAt: Date | null;
}
