import { PreparedStatement } from '../database/prepared-statement';
import type { MessageState } from './message.entity';
import type { Channel } from './sms-provider.interface';

/** A message as operators see it in a list. */
export interface ListedMessage {
  readonly id: string;
  readonly phone_ciphertext: Buffer;
  readonly purpose: string;
  readonly channel: Channel;
  readonly state: MessageState;
  readonly provider: string | null;
  readonly created_at: Date;
  readonly settled_at: Date | null;
  readonly approved_at: Date | null;
  readonly attempts: number;
  readonly cost: number | null;
}

/** There is always one row; without a message its `id` is null. */
export interface ListRow extends Omit<ListedMessage, 'id'> {
  readonly id: string | null;
  /** How many messages were looked at, and the oldest of them. */
  readonly looked: number;
  readonly oldest: string | null;
}

// However rare what is looked for: so many rows are read at the most, and the next page goes on from there.
const list = (name: string, where: string) =>
  new PreparedStatement<ListRow>(
    name,
    `WITH looked AS MATERIALIZED (
       SELECT id, state, provider FROM sms_messages
       WHERE ${where} AND ($1::uuid IS NULL OR id < $1::uuid) ORDER BY id DESC LIMIT $2),
     fitting AS MATERIALIZED (
       SELECT id FROM looked
       WHERE ($3::text IS NULL OR state = $3) AND ($4::text IS NULL OR provider = $4)
       ORDER BY id DESC LIMIT $5)
     SELECT m.id, m.phone_ciphertext, m.purpose, m.channel, m.state, m.provider, m.created_at, m.settled_at,
       m.approved_at, a.attempts, a.cost, l.looked, l.oldest
     FROM (SELECT count(*)::int AS looked, (SELECT id FROM looked ORDER BY id LIMIT 1) AS oldest FROM looked) l
     LEFT JOIN (SELECT m.* FROM fitting JOIN sms_messages m USING (id)) m ON true
     LEFT JOIN LATERAL (
       SELECT count(*)::int AS attempts, sum(cost)::float8 AS cost FROM sms_attempts WHERE message_id = m.id) a ON true
     ORDER BY m.id DESC`,
  );

/** $1 cursor, $2 rows to look at, $3 state, $4 provider, $5 messages wanted. */
export const NEWEST_MESSAGES = list('sms.admin.messages', 'true');

/** As the other, and $6 blind index of the number. */
export const MESSAGES_OF_NUMBER = list('sms.admin.messages-of-number', 'phone_index = $6');
