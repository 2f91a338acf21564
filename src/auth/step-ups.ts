import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { AuthenticatedUser } from '../common/authenticated-user';
import { Problem } from '../common/problem';
import { PreparedStatement } from '../database/prepared-statement';

/** Seconds. */
export const STEP_UP_TTL = 300;

const ELEVATE = new PreparedStatement<{ until: Date }>(
  'auth.step-up',
  `UPDATE sessions SET elevated_until = now() + $3::float8 * interval '1 second'
   WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL RETURNING elevated_until AS until`,
);

const IS_ELEVATED = new PreparedStatement<{ id: string }>(
  'auth.stepped-up',
  `SELECT id FROM sessions WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND elevated_until > now()`,
);

/** Elevation of one session for some minutes, by a proof that its user is there: what sensitive calls ask for. */
@Injectable()
export class StepUps {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

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
