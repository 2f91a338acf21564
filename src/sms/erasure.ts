import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ERASED_PHONE } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import { PreparedStatement } from '../database/prepared-statement';
import { NOTICE_SOURCE } from './notices';

// Who looks a message up by its number must not find it under a later owner of that number. The messages of the last days
// stay to be found all the same, since the limits of a day are counted by this table: an account could be deleted to
// get more. What is not settled yet is not touched either: it is on its way.
const ERASE = new PreparedStatement<{ id: string }>(
  'sms.erase-number',
  `UPDATE sms_messages
   SET phone_ciphertext = $4, content_ciphertext = NULL,
       phone_index = CASE WHEN created_at < now() - interval '2 days' THEN $5 ELSE phone_index END
   WHERE settled_at IS NOT NULL
     AND ((phone_index = $1 AND created_at <= $2) OR (reference = $3 AND source = '${NOTICE_SOURCE}'))
   RETURNING id`,
);

/** Makes messages nobody's. */
@Injectable()
export class MessageErasure {
  constructor(private readonly vault: PhoneVault) {}

  /**
   * Erases the number from the messages to a user.
   * @param phoneIndex the number that they had; undefined when nobody knows it any more
   * @param until messages of a later time are another owner's
   */
  async erase(
    userId: string,
    phoneIndex: Buffer | undefined,
    until: Date,
    manager: EntityManager,
  ): Promise<void> {
    const nobody = this.vault.store(ERASED_PHONE);
    await ERASE.run(manager, [phoneIndex ?? null, until, userId, nobody.ciphertext, nobody.index]);
  }
}
