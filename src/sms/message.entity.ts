import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Channel, Locale, RefusalClass } from './sms-provider.interface';

/**
 * queued -> calling -> accepted | refused | unknown; queued -> withheld | expired. A receipt moves accepted and unknown
 * on to delivered or undelivered.
 * `calling` is committed before the gateway is called, so that a crash is seen as *unknown* and never as *not sent*.
 */
export type MessageState =
  | 'queued'
  | 'calling'
  | 'accepted'
  | 'delivered'
  | 'undelivered'
  | 'refused'
  | 'unknown'
  | 'withheld'
  | 'expired';

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

  /** Keyed digest of the number's first seven national digits. */
  @Column('bytea', { name: 'segment_index', nullable: true })
  segmentIndex: Buffer | null;

  /** Gateways that a message about the same matter went through before. */
  @Column('text', { array: true, nullable: true })
  avoid: string[] | null;

  /** The counts that admission decided on, for operators. */
  @Column('jsonb', { nullable: true })
  admission: object | null;

  @Column('varchar', { name: 'request_id', nullable: true })
  requestId: string | null;

  /** W3C `traceparent` of the request that asked for the message. */
  @Column('varchar', { name: 'trace_parent', nullable: true })
  traceParent: string | null;

  /** When its reader proved to have got it. */
  @Column('timestamptz', { name: 'approved_at', nullable: true })
  approvedAt: Date | null;

  /** The undelivered message that this one takes the place of. */
  @Column('uuid', { name: 'rerouted_from', nullable: true })
  reroutedFrom: string | null;
}
