import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { PhoneVault } from '../../common/phone-vault';
import { TestNumbers } from '../../verification/test-numbers';
import type { AccountRow } from '../sessions/session-statements';

const MARK = 'UPDATE users SET is_test = true WHERE id = $1 AND NOT is_test';

/** Remembers which accounts were made with the code of a test number, so that such a code opens no other. */
@Injectable()
export class TestAccounts {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly testNumbers: TestNumbers,
    private readonly vault: PhoneVault,
  ) {}

  /** To be called with an account that was just made, or opened with the code of a test number. */
  async mark(user: AccountRow, on: DataSource | EntityManager = this.dataSource): Promise<void> {
    if (!this.testNumbers.areConfigured || !user.phoneCiphertext) return;
    const index = this.vault.index(this.vault.read(user.phoneCiphertext)).toString('base64url');
    if (this.testNumbers.find(index)) await on.query(MARK, [user.id]);
  }
}
