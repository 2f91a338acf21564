import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import type { Phone } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import { Problem } from '../common/problem';
import { digestToken } from '../common/secrets';
import { PreparedStatement, violatedConstraint } from '../database/prepared-statement';
import { TICKET_TTL } from './verification.options';
import type { Proof } from './proof';
import type { Purpose } from './purpose';

/** Says what a token is when one turns up where it should not be. */
const PREFIX = 'gct_';

const INSERT = new PreparedStatement<{ ticket_expires_at: Date }>(
  'verification.ticket',
  `INSERT INTO spent_verifications
     (verification_id, purpose, phone_index, phone_ciphertext, user_id, ticket_digest, ticket_expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, now() + $7::float8 * interval '1 second')
   RETURNING ticket_expires_at`,
);

const REDEEM = new PreparedStatement<{ phoneCiphertext: Buffer; userId: string | null }>(
  'verification.redeem-ticket',
  `UPDATE spent_verifications SET ticket_used_at = now()
   WHERE ticket_digest = $1 AND purpose = $2 AND ticket_used_at IS NULL AND ticket_expires_at > now()
   RETURNING phone_ciphertext AS "phoneCiphertext", user_id AS "userId"`,
);

/** What a ticket proved. */
export interface Redeemed {
  readonly phone: Phone;
  /** Who asked for the code, where its purpose needs a signed-in user. */
  readonly userId?: string;
}

/** Exchanges a proof for a ticket: single use, bound to phone and purpose, ten minutes. */
@Injectable()
export class Tickets {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: PhoneVault,
  ) {}

  /** @throws {Problem} VERIFICATION_USED when the verification bought something before */
  async issue(proof: Proof): Promise<{ ticket: string; expiresAt: Date }> {
    const ticket = PREFIX + randomBytes(32).toString('base64url');
    try {
      const [row] = await INSERT.run(this.dataSource, [
        proof.verificationId,
        proof.purpose,
        proof.phone.index,
        proof.phone.ciphertext,
        proof.userId ?? null,
        digestToken(ticket),
        TICKET_TTL,
      ]);
      return { ticket, expiresAt: row.ticket_expires_at };
    } catch (error) {
      if (violatedConstraint(error)) throw new Problem('VERIFICATION_USED');
      throw error;
    }
  }

  /**
   * Uses a ticket up, for what a host gives for it.
   * @param within the transaction that gives it: a rollback leaves the ticket good
   * @throws {Problem} TICKET_INVALID when it is unknown, used, expired or of another purpose
   */
  async redeem(ticket: string, purpose: Purpose, within?: EntityManager): Promise<Redeemed> {
    const [redeemed] = await REDEEM.run(within ?? this.dataSource, [digestToken(ticket), purpose]);
    if (!redeemed) throw new Problem('TICKET_INVALID');
    return {
      phone: this.vault.read(redeemed.phoneCiphertext),
      ...(redeemed.userId && { userId: redeemed.userId }),
    };
  }
}
