import { Column, Entity, PrimaryColumn } from 'typeorm';

export type RevocationReason =
  | 'logout'
  | 'ended-by-user'
  | 'refresh-reused'
  | 'password-changed'
  | 'phone-changed'
  | 'account-disabled'
  | 'account-deleted'
  | 'ended-by-operator'
  | 'revoked-by-client';

/** A signed-in device. Its refresh tokens are one family: the newest one works, an older one betrays a copy. */
@Entity('sessions')
export class Session {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'user_id' })
  userId: string;

  /** How the user proved who they are (RFC 8176): `sms`, `pwd`. */
  @Column('text', { array: true })
  amr: string[];

  /** SHA-256 of the newest refresh token. */
  @Column('bytea', { name: 'refresh_digest' })
  refreshDigest: Buffer;

  @Column('integer', { name: 'refresh_generation' })
  refreshGeneration: number;

  @Column('bytea', { name: 'previous_digest', nullable: true })
  previousDigest: Buffer | null;

  @Column('timestamptz', { name: 'rotated_at', nullable: true })
  rotatedAt: Date | null;

  @Column('varchar', { nullable: true })
  device: string | null;

  /** /24 or /48 of the address the session was last used from. */
  @Column('varchar', { name: 'ip_prefix', nullable: true })
  ipPrefix: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'last_used_at' })
  lastUsedAt: Date;

  @Column('timestamptz', { name: 'idle_expires_at' })
  idleExpiresAt: Date;

  @Column('timestamptz', { name: 'absolute_expires_at' })
  absoluteExpiresAt: Date;

  /** A step-up lasts until then; sensitive calls need one. */
  @Column('timestamptz', { name: 'elevated_until', nullable: true })
  elevatedUntil: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;

  @Column('varchar', { name: 'revoked_reason', nullable: true })
  revokedReason: RevocationReason | null;
}
