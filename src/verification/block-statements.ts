import { PreparedStatement } from '../database/prepared-statement';
import type { BlockEffect } from './block.entity';

/** What Redis has to know of a number or a segment. */
export interface BlockInForce {
  readonly subject_index: Buffer;
  readonly segment_index: Buffer;
  readonly automatic: boolean;
  readonly effect: BlockEffect;
  /** Milliseconds until it ends, by the clock of the database. */
  readonly ms: number;
}

// Of several about one subject the strictest, and of these the one that lasts longest. 'block' sorts before 'challenge'.
const STRICTEST = `SELECT DISTINCT ON (subject_index, automatic) subject_index, segment_index, automatic, effect,
    extract(epoch FROM expires_at - now())::float8 * 1000 AS ms
  FROM sms_blocks WHERE lifted_at IS NULL AND expires_at > now()`;
const ORDER = 'ORDER BY subject_index, automatic, effect, expires_at DESC';

export const BLOCKS_IN_FORCE = new PreparedStatement<BlockInForce>(
  'verification.blocks',
  `${STRICTEST} ${ORDER}`,
);

/** $1 blind index of a number or a segment: what operators said about it. */
export const BLOCK_OF = new PreparedStatement<BlockInForce>(
  'verification.block-of',
  `${STRICTEST} AND subject_index = $1 AND NOT automatic ${ORDER}`,
);

/** $1 blind indexes of a number and its segment. A row: no message goes there now. */
export const IS_BLOCKED = new PreparedStatement<{ id: string }>(
  'verification.is-blocked',
  `SELECT id FROM sms_blocks
   WHERE subject_index = ANY($1::bytea[]) AND effect = 'block' AND lifted_at IS NULL AND expires_at > now() LIMIT 1`,
);

// The word to Redis may have been lost, or overtaken by another one.
export const BLOCKS_LIFTED = new PreparedStatement<Pick<BlockInForce, 'subject_index' | 'segment_index'>>(
  'verification.blocks-lifted',
  `SELECT DISTINCT subject_index, segment_index FROM sms_blocks l
   WHERE lifted_at > now() - interval '5 minutes' AND NOT EXISTS (
     SELECT 1 FROM sms_blocks b
     WHERE b.subject_index = l.subject_index AND b.lifted_at IS NULL AND b.expires_at > now())`,
);
