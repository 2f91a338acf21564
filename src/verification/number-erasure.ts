import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ERASED_PHONE } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import { PreparedStatement } from '../database/prepared-statement';
import { MessageErasure } from '../sms/erasure';

// The rows stay, since a code that was used stays used. A ticket that proved the number proves nothing any more.
const ERASE = new PreparedStatement<{ verification_id: string }>(
  'verification.erase-number',
  `UPDATE spent_verifications SET phone_index = $4, phone_ciphertext = $5, ticket_digest = NULL, user_id = NULL
   WHERE (phone_index = $1 AND spent_at <= $2) OR user_id = $3
   RETURNING verification_id`,
);

/** Erases the number of a user from what is kept of codes and messages. */
@Injectable()
export class NumberErasure {
  constructor(
    private readonly messages: MessageErasure,
    private readonly vault: PhoneVault,
  ) {}

  /**
   * @param phoneIndex undefined when nobody knows the number any more
   * @param until what is of a later time is another owner's
   */
  async erase(
    userId: string,
    phoneIndex: Buffer | undefined,
    until: Date,
    manager: EntityManager,
  ): Promise<void> {
    const nobody = this.vault.store(ERASED_PHONE);
    await ERASE.run(manager, [phoneIndex ?? null, until, userId, nobody.index, nobody.ciphertext]);
    await this.messages.erase(userId, phoneIndex, until, manager);
  }
}
