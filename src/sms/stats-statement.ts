import { TEST_PROVIDER } from './delivery';

export const STATS_DIMENSIONS = ['provider', 'purpose', 'segment', 'hour'] as const;
export type StatsDimension = (typeof STATS_DIMENSIONS)[number];

/** One group of calls. The dimensions that were not asked for are missing. */
export interface StatsRow {
  readonly provider?: string;
  readonly purpose?: string;
  readonly segment?: Buffer | null;
  /** Of one message to the segment. */
  readonly phone?: Buffer;
  readonly hour?: Date;
  readonly sent: number;
  readonly accepted: number;
  readonly refused: number;
  readonly unknown: number;
  /** Messages that were taken, or may have been. */
  readonly taken: number;
  readonly delivered: number;
  readonly undelivered: number;
  readonly approved: number;
  readonly cost: number | null;
  /** Milliseconds: median and 95th percentile. */
  readonly approval_ms: readonly [number, number] | null;
  readonly call_ms: readonly [number, number] | null;
  /** Messages that were read for all groups together. */
  readonly looked: number;
}

const GROUPS: Readonly<Record<StatsDimension, { by: string; shown: string }>> = {
  provider: { by: 'provider', shown: 'provider' },
  purpose: { by: 'purpose', shown: 'purpose' },
  // Whose segment it is, only a number of it tells.
  segment: {
    by: 'segment_index',
    shown: 'segment_index AS segment, (array_agg(phone_ciphertext))[1] AS phone',
  },
  hour: { by: `date_trunc('hour', created_at)`, shown: `date_trunc('hour', created_at) AS hour` },
};

/**
 * Writes the query of all statistics: $1 and $2 the first id and the one after the last, $3 most messages, $4 most
 * groups. What became of a message counts for the last call that was made for it. Pure.
 */
export function statsStatement(by: readonly StatsDimension[]): string {
  const dimensions = STATS_DIMENSIONS.filter((name) => by.includes(name)).map((name) => GROUPS[name]);
  const shown = dimensions.map((dimension) => `${dimension.shown}, `).join('');
  const groups = dimensions.map((dimension) => dimension.by).join(', ');
  const quantiles = 'percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP';
  return `
    WITH looked AS MATERIALIZED (
      SELECT id, purpose, state, created_at, approved_at, segment_index, phone_ciphertext FROM sms_messages
      WHERE id >= $1::uuid AND id < $2::uuid ORDER BY id LIMIT $3),
    calls AS (
      SELECT m.purpose, m.state, m.created_at, m.segment_index, m.phone_ciphertext, a.provider, a.outcome, a.cost,
        (extract(epoch FROM a.finished_at - a.started_at) * 1000)::float8 AS ms,
        lead(a.number) OVER (PARTITION BY a.message_id ORDER BY a.number) IS NULL AS is_last,
        (extract(epoch FROM m.approved_at - m.created_at) * 1000)::float8 AS approved_after
      FROM looked m JOIN sms_attempts a ON a.message_id = m.id
      WHERE a.message_id >= $1::uuid AND a.message_id < $2::uuid AND a.provider <> '${TEST_PROVIDER}')
    SELECT ${shown}(SELECT count(*)::int FROM looked) AS looked,
      count(*)::int AS sent,
      count(*) FILTER (WHERE outcome = 'accepted')::int AS accepted,
      count(*) FILTER (WHERE outcome = 'refused')::int AS refused,
      count(*) FILTER (WHERE outcome = 'unknown')::int AS unknown,
      count(*) FILTER (WHERE is_last AND outcome <> 'refused')::int AS taken,
      count(*) FILTER (WHERE is_last AND state = 'delivered')::int AS delivered,
      count(*) FILTER (WHERE is_last AND state = 'undelivered')::int AS undelivered,
      count(*) FILTER (WHERE is_last AND approved_after IS NOT NULL)::int AS approved,
      sum(cost)::float8 AS cost,
      ${quantiles} (ORDER BY approved_after) FILTER (WHERE is_last AND approved_after IS NOT NULL) AS approval_ms,
      ${quantiles} (ORDER BY ms) AS call_ms
    FROM calls ${groups && `GROUP BY ${groups}`}
    ORDER BY sent DESC${groups && `, ${groups}`} LIMIT $4`;
}
