import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The shop's own idea of a user. Passwords, sessions and proofs are Gatecode's. */
@Entity('customers')
export class Customer {
  /** The id of the account, too. */
  @PrimaryColumn('uuid')
  id: string;

  @Column('text', { unique: true })
  phone: string;

  @Column('text')
  name: string;

  @Column('int', { default: 0 })
  points: number;
}
