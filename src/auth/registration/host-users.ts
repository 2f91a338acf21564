import { Inject, Injectable, Optional } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { PhoneVault } from '../../common/phone-vault';
import { inTransaction } from '../../database/transaction';
import { USER_STORE, type UserStore } from '../../users/user-store';
import type { AccountRow } from '../sessions/session-statements';

/** Writes an account, and says whether it is a new one. */
export type WriteAccount = (
  on: DataSource | EntityManager,
) => Promise<{ readonly user: AccountRow; readonly isNew: boolean }>;

/** Makes accounts together with the host's side of them. Without a host's store each is one statement, as it was. */
@Injectable()
export class HostUsers {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: PhoneVault,
    @Optional() @Inject(USER_STORE) private readonly store?: UserStore,
  ) {}

  /** Whether a host has users of its own, who have to be asked for their ids. */
  get exist(): boolean {
    return this.store !== undefined;
  }

  /** @returns the id that an account for this number is to have */
  async idFor(phoneCiphertext: Buffer): Promise<string> {
    if (!this.store?.idOf) return uuidv7();
    return (await this.store.idOf(this.vault.read(phoneCiphertext))) ?? uuidv7();
  }

  /** @param within a transaction of the host's, which is then the host's to commit */
  async making(write: WriteAccount, within?: EntityManager): Promise<AccountRow> {
    if (within) return this.both(write, within);
    if (!this.store) return (await write(this.dataSource)).user;
    return inTransaction(this.dataSource, (manager) => this.both(write, manager));
  }

  async deleted(userId: string, manager: EntityManager): Promise<void> {
    await this.store?.deleted?.(userId, manager);
  }

  private async both(write: WriteAccount, manager: EntityManager): Promise<AccountRow> {
    const { user, isNew } = await write(manager);
    if (isNew && user.phoneCiphertext) {
      const { id, username, nickname, email } = user;
      const phone = this.vault.read(user.phoneCiphertext);
      await this.store?.created({ id, phone, username, nickname, email }, manager);
    }
    return user;
  }
}
