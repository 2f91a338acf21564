import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { AuthenticatedUser } from '../../common/authenticated-user';
import { Problem } from '../../common/problem';
import { PreparedStatement } from '../../database/prepared-statement';
import { CodeChecks } from '../../verification/code-checks';
import type { Purpose } from '../../verification/purpose';
import { OwnPassword } from '../passwords/own-password';
import { inContractWords, rowOf } from '../registration/proof-row';

/** Seconds. */
export const STEP_UP_TTL = 300;

const PURPOSES: readonly Purpose[] = ['step_up', 'delete_account'];

const ELEVATED = `UPDATE sessions SET elevated_until = now() + $3::float8 * interval '1 second'
   WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL`;

const ELEVATE = new PreparedStatement<{ until: Date }>(
  'auth.step-up',
  `${ELEVATED} RETURNING elevated_until AS until`,
);

// $4..$7 the proof, which ends with this. It is one of the number that the user has now.
const ELEVATE_BY_CODE = new PreparedStatement<{ until: Date | null; lives: boolean }>(
  'auth.step-up-by-code',
  `WITH elevated AS (
     ${ELEVATED} AND EXISTS (SELECT 1 FROM users u WHERE u.id = $2 AND u.phone_index = $6)
     RETURNING elevated_until AS until),
   proof AS (
     INSERT INTO spent_verifications (verification_id, purpose, phone_index, phone_ciphertext, user_id)
     SELECT $4::uuid, $5::text, $6::bytea, $7::bytea, $2::uuid FROM elevated)
   SELECT (SELECT until FROM elevated) AS until,
     EXISTS (SELECT 1 FROM sessions WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL) AS lives`,
);

const IS_ELEVATED = new PreparedStatement<{ id: string }>(
  'auth.stepped-up',
  `SELECT id FROM sessions WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND elevated_until > now()`,
);

/** Elevation of one session for some minutes, by a proof that its user is there: what sensitive calls ask for. */
@Injectable()
export class StepUps {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly checks: CodeChecks,
    private readonly password: OwnPassword,
  ) {}

  /**
   * @param network prefix of the address that asks
   * @returns until when
   * @throws {Problem} LOGIN_FAILED, or what the limit of passwords throws
   */
  async byPassword(user: AuthenticatedUser, password: string, network?: string): Promise<Date> {
    await this.password.mustBe(user.userId, password, network);
    return this.elevate(user);
  }

  /**
   * @returns until when
   * @throws {Problem} what a code check throws; CODE_MISMATCH, too, for a right code that somebody else has asked for, or
   * that went to a number which is the user's no more; TOKEN_INVALID when the session has ended meanwhile
   */
  async byCode(user: AuthenticatedUser, verificationId: string, code: string): Promise<Date> {
    const proof = await this.checks.consume(verificationId, code, PURPOSES);
    return this.checks.buying(proof, async () => {
      if (proof.userId !== user.userId) throw new Problem('CODE_MISMATCH');
      const values = [user.sessionId, user.userId, STEP_UP_TTL, ...rowOf(proof)];
      const [{ until, lives }] = await inContractWords(ELEVATE_BY_CODE.run(this.dataSource, values));
      if (!until) throw new Problem(lives ? 'CODE_MISMATCH' : 'TOKEN_INVALID');
      return until;
    });
  }

  /** @throws {Problem} TOKEN_INVALID when the session has ended meanwhile */
  async elevate({ sessionId, userId }: AuthenticatedUser): Promise<Date> {
    const [elevated] = await ELEVATE.run(this.dataSource, [sessionId, userId, STEP_UP_TTL]);
    if (!elevated) throw new Problem('TOKEN_INVALID');
    return elevated.until;
  }

  /** @throws {Problem} STEP_UP_REQUIRED */
  async mustBeElevated({ sessionId, userId }: AuthenticatedUser): Promise<void> {
    const [elevated] = await IS_ELEVATED.run(this.dataSource, [sessionId, userId]);
    if (!elevated) throw new Problem('STEP_UP_REQUIRED');
  }
}
