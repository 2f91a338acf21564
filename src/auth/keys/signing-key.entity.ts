import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SigningAlgorithm } from '../../tokens/key-set.interface';

/** A key that access tokens are signed with; its private half is wrapped. */
@Entity('signing_keys')
export class SigningKey {
  /** JWK thumbprint (RFC 7638). */
  @PrimaryColumn('varchar')
  kid: string;

  @Column('varchar')
  alg: SigningAlgorithm;

  /** Public members only. */
  @Column('jsonb', { name: 'public_jwk' })
  publicJwk: Record<string, string>;

  /** Empty once the key signs no more. */
  @Column('bytea', { name: 'private_wrapped' })
  privateWrapped: Buffer;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** Tokens are signed with it from then on, until another key takes over. */
  @Column('timestamptz', { name: 'signs_from' })
  signsFrom: Date;

  /** No longer published: no token of it is left, or none counts any more. */
  @Column('timestamptz', { name: 'retired_at', nullable: true })
  retiredAt: Date | null;

  /** Compromised: retired with all its tokens. */
  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
