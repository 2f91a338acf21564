import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { PreparedStatement } from '../database/prepared-statement';
import { Purge, PURGE_BATCH } from '../database/purge';

/** By far longer than a code or a ticket lives: what is forgotten here can't be used a second time. */
export const PROOF_RETENTION_DAYS = 30;

const DELETE = new PreparedStatement<{ verification_id: string }>(
  'verification.purge-proofs',
  `DELETE FROM spent_verifications WHERE verification_id = ANY(ARRAY(
     SELECT verification_id FROM spent_verifications WHERE spent_at < now() - $1::int * interval '1 day'
     ORDER BY spent_at LIMIT $2 FOR UPDATE SKIP LOCKED))
   RETURNING verification_id`,
);

/** Forgets proofs of possession that were spent long ago. */
@Injectable()
export class ProofRetention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly purging: Purge;

  constructor(@InjectDataSource() dataSource: DataSource) {
    this.purging = new Purge(
      'verification.proofs',
      async () => (await DELETE.run(dataSource, [PROOF_RETENTION_DAYS, PURGE_BATCH])).length,
    );
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
