import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { PreparedStatement } from '../../database/prepared-statement';
import { Purge, PURGE_BATCH } from '../../database/purge';
import { firstIdOf } from '../../sms/budget';

const DAY_MS = 86_400_000;
/** A session is kept for that long after its end: it is the record of a log-in. */
export const SESSION_RETENTION_DAYS = 200;

// Ids are in the order of time: a session that ended so long ago was opened before.
const DELETE = new PreparedStatement<{ id: string }>(
  'auth.purge-sessions',
  `DELETE FROM sessions WHERE id = ANY(ARRAY(
     SELECT id FROM sessions
     WHERE id < $1::uuid AND least(revoked_at, idle_expires_at, absolute_expires_at) < now() - $2::int * interval '1 day'
     ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED))
   RETURNING id`,
);

/** Forgets sessions that have been over for long. */
@Injectable()
export class SessionRetention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly purging: Purge;

  constructor(@InjectDataSource() dataSource: DataSource) {
    this.purging = new Purge('auth.sessions', async () => {
      const before = firstIdOf(Date.now() - SESSION_RETENTION_DAYS * DAY_MS);
      return (await DELETE.run(dataSource, [before, SESSION_RETENTION_DAYS, PURGE_BATCH])).length;
    });
  }

  onApplicationBootstrap(): void {
    this.purging.start();
  }

  beforeApplicationShutdown(): void {
    this.purging.stop();
  }

  purge(): Promise<number> {
    return this.purging.run();
  }
}
