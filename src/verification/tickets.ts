import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Problem } from '../common/problem';
import { digestToken } from '../common/secrets';
import { PreparedStatement, violatedConstraint } from '../database/prepared-statement';
import { TICKET_TTL } from './verification.options';
import type { Proof } from './proof';

/** Says what a token is when one turns up where it should not be. */
const PREFIX = 'gct_';

const INSERT = new PreparedStatement<{ ticket_expires_at: Date }>(
  'verification.ticket',
  `INSERT INTO spent_verifications
     (verification_id, purpose, phone_index, phone_ciphertext, user_id, ticket_digest, ticket_expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, now() + $7::float8 * interval '1 second')
   RETURNING ticket_expires_at`,
);

/** Exchanges a proof for a ticket: single use, bound to phone and purpose, ten minutes. */
@Injectable()
export class Tickets {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

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
}
