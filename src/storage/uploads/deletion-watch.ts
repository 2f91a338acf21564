import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { PreparedStatement } from '../../database/prepared-statement';

/** Objects that should be gone, of all instances together. */
export interface WaitingDeletions {
  readonly pending: number;
  /** For how long the oldest of them should be, seconds. */
  readonly oldestAge: number;
}

// Others are not due yet: something may still come in there until its ticket has ended.
const WAITING = new PreparedStatement<WaitingDeletions>(
  'object-deletions.waiting',
  `SELECT count(*)::int AS pending, coalesce(extract(epoch FROM
     now() - min(CASE WHEN again_at <= now() THEN again_at ELSE created_at END)), 0)::float8 AS "oldestAge"
   FROM object_deletions WHERE attempts > 0 OR due_at <= now()`,
);

/** For whoever watches whether what has to go does go. */
@Injectable()
export class DeletionWatch {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async waiting(): Promise<WaitingDeletions> {
    const [waiting] = await WAITING.run(this.dataSource, []);
    return waiting;
  }
}
