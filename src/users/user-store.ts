import type { EntityManager } from 'typeorm';
import type { Phone } from '../common/phone';

/** An account that is about to be committed. */
export interface MadeAccount {
  readonly id: string;
  readonly phone: Phone;
  readonly username: string | null;
  readonly nickname: string | null;
  readonly email: string | null;
}

/**
 * A host's own users. Gatecode keeps what signs people in (number, password, sessions); who they are to the host stays
 * in the host's tables. Both sides of a user have one id, and are made and deleted in one transaction.
 */
export interface UserStore {
  /**
   * Asked when a number gets an account.
   * @returns the id (a UUID) of the host's user who has this number already; undefined: a new id is made
   */
  idOf?(phone: Phone): Promise<string | undefined>;
  /**
   * An account is being made: write what the host wants of it.
   * @param manager of the transaction; what throws here undoes the account, and the proof stays good
   */
  created(account: MadeAccount, manager: EntityManager): Promise<void>;
  /**
   * An account is being deleted: its number is free from now on.
   * @param manager of the transaction
   */
  deleted?(userId: string, manager: EntityManager): Promise<void>;
}

/** Injection token for the host's {@link UserStore}; without one there are no users but Gatecode's. */
export const USER_STORE = Symbol.for('gatecode:USER_STORE');
