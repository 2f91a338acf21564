import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

export type UserStatus = 'active' | 'disabled' | 'deleted';

/** An account. Its number is kept encrypted, and found by a keyed digest. */
@Entity('users')
export class User {
  @PrimaryColumn('uuid')
  id: string;

  @Column('bytea', { name: 'phone_index', nullable: true })
  phoneIndex: Buffer | null;

  @Column('bytea', { name: 'phone_ciphertext', nullable: true })
  phoneCiphertext: Buffer | null;

  /** As its owner writes it. */
  @Column('varchar', { nullable: true })
  username: string | null;

  /** Lower case: user names that differ by case only are one. */
  @Column('varchar', { name: 'username_key', nullable: true })
  usernameKey: string | null;

  /** User names that look alike have the same. */
  @Column('varchar', { name: 'username_skeleton', nullable: true })
  usernameSkeleton: string | null;

  @Column('varchar', { nullable: true })
  email: string | null;

  @Column('varchar', { name: 'email_key', nullable: true })
  emailKey: string | null;

  @Column('varchar', { nullable: true })
  nickname: string | null;

  /** The upload that is shown of them. */
  @Column('uuid', { name: 'avatar_upload_id', nullable: true })
  avatarUploadId: string | null;

  /** Name of the store that it is in. */
  @Column('varchar', { name: 'avatar_store', nullable: true })
  avatarStore: string | null;

  /** argon2id, PHC string format. */
  @Column('varchar', { name: 'password_hash', nullable: true })
  passwordHash: string | null;

  @Column('text', { array: true })
  roles: string[];

  @Column('varchar')
  status: UserStatus;

  /** Made with the code of a test number. */
  @Column('boolean', { name: 'is_test', default: false })
  isTest: boolean;

  /** The registration that made it, so that completing twice makes one. */
  @Column('uuid', { name: 'registration_id', nullable: true })
  registrationId: string | null;

  /** Access tokens of an earlier generation are no good any more. */
  @Column('integer', { name: 'token_generation', default: 0 })
  tokenGeneration: number;

  @Column('timestamptz', { name: 'generation_changed_at', nullable: true })
  generationChangedAt: Date | null;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt: Date | null;

  /** When what a deleted account held is gone for good. */
  @Column('timestamptz', { name: 'erase_at', nullable: true })
  eraseAt: Date | null;

  /** What a deleted account held, sealed, until then. */
  @Column('bytea', { name: 'held_ciphertext', nullable: true })
  heldCiphertext: Buffer | null;

  /** By which an operator finds a deleted account, until then. */
  @Column('bytea', { name: 'held_phone_index', nullable: true })
  heldPhoneIndex: Buffer | null;

  /** Messages to the number before that were not for this user. */
  @Column('timestamptz', { name: 'phone_changed_at', nullable: true })
  phoneChangedAt: Date | null;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: Date;
}
