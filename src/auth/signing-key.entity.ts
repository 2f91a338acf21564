import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A key that access tokens are signed with; its private half is wrapped. */
@Entity('signing_keys')
export class SigningKey {
  /** JWK thumbprint (RFC 7638). */
  @PrimaryColumn('varchar')
  kid: string;

  @Column('varchar')
  alg: string;

  /** Public members only. */
  @Column('jsonb', { name: 'public_jwk' })
  publicJwk: Record<string, string>;

  @Column('bytea', { name: 'private_wrapped' })
  privateWrapped: Buffer;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'retired_at', nullable: true })
  retiredAt: Date | null;
}
