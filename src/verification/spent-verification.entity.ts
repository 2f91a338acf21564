import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A verification that proved something, and the ticket it was exchanged for, if it was. */
@Entity('spent_verifications')
export class SpentVerification {
  @PrimaryColumn('uuid', { name: 'verification_id' })
  verificationId: string;

  @Column('varchar')
  purpose: string;

  @Column('bytea', { name: 'phone_index' })
  phoneIndex: Buffer;

  @Column('bytea', { name: 'phone_ciphertext' })
  phoneCiphertext: Buffer;

  /** Who asked for the code, where its purpose needs one. */
  @Column('uuid', { name: 'user_id', nullable: true })
  userId: string | null;

  @Column('timestamptz', { name: 'spent_at' })
  spentAt: Date;

  @Column('bytea', { name: 'ticket_digest', nullable: true })
  ticketDigest: Buffer | null;

  @Column('timestamptz', { name: 'ticket_expires_at', nullable: true })
  ticketExpiresAt: Date | null;

  @Column('timestamptz', { name: 'ticket_used_at', nullable: true })
  ticketUsedAt: Date | null;
}
