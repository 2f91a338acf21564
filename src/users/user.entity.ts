import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

export type UserStatus = 'active' | 'disabled';

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

  @Column('varchar', { nullable: true })
  email: string | null;

  @Column('varchar', { name: 'email_key', nullable: true })
  emailKey: string | null;

  @Column('varchar', { nullable: true })
  nickname: string | null;

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

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: Date;
}
