import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { uuidv7 } from 'uuidv7';
import type { PreparedStatement } from '../src/database/prepared-statement';
import * as sessions from '../src/auth/sessions/session-statements';
import { APPROVE } from '../src/sms/approvals';
import { SPENT_SINCE, firstIdOf } from '../src/sms/budget';
import * as outbox from '../src/sms/outbox-statements';
import { PURGE, Retention } from '../src/sms/retention';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const OLD_MESSAGES = 100_000;
const DAY_MS = 86_400_000;

let app: RunningApp;

beforeAll(async () => {
  app = await startApp(WIDE);
  // Without the time limits of the service.
  const client = new Client({ connectionString: app.cluster.database.url });
  await client.connect();
  // A year of settled messages, and their attempts; ids in the order of time, as the service makes them.
  await client.query(
    `INSERT INTO sms_messages (id, source, reference, purpose, channel, locale, phone_index, phone_ciphertext, state,
       provider, fence, send_before, created_at, settled_at)
     SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000' || lpad(to_hex(n), 16, '0'))::uuid,
       'verification', gen_random_uuid(), 'login', 'sms', 'zh', sha256(n::text::bytea), '\\x00', 'accepted', 'tencent', 1,
       at + interval '4 minutes', at, at
     FROM (SELECT n, now() - interval '1 year' * n / $1::int - interval '5 days' AS at FROM generate_series(1, $1::int) n) old`,
    [OLD_MESSAGES],
  );
  await client.query(
    `INSERT INTO sms_attempts (message_id, number, provider, outcome, provider_message_id, started_at, finished_at)
     SELECT id, 1, 'tencent', 'accepted', id::text, created_at, created_at FROM sms_messages`,
  );
  await client.query(
    `INSERT INTO sms_receipts (id, digest, provider, provider_message_id, message_id, status, vendor_code, applied_at)
     SELECT gen_random_uuid(), sha256(id::text::bytea), 'tencent', id::text, id, 'delivered', 'DELIVRD', created_at
     FROM sms_messages`,
  );
  await client.query('ANALYZE sms_messages, sms_attempts, sms_receipts');
  await client.end();
}, 60_000);
afterAll(() => app.stop());

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}

/** Tables that a statement would read as a whole. */
async function scannedBy({ text }: PreparedStatement<object>, values: unknown[]): Promise<string[]> {
  const [row] = await app.dataSource.query(`EXPLAIN (FORMAT JSON) ${text}`, values);
  const scans: string[] = [];
  const visit = (plan: Plan): void => {
    if (plan['Node Type'] === 'Seq Scan' && plan['Relation Name']) scans.push(plan['Relation Name']);
    plan.Plans?.forEach(visit);
  };
  visit(row['QUERY PLAN'][0].Plan);
  return scans;
}

describe('with a year of messages in the outbox', () => {
  const ids = Array.from({ length: 20 }, () => uuidv7());
  const each = <T>(value: T) => ids.map(() => value);
  const now = new Date();

  it.each<[string, PreparedStatement<object>, unknown[]]>([
    [
      'inserting',
      outbox.INSERT,
      [
        ids,
        each('verification'),
        ids,
        each('login'),
        each('sms'),
        each('zh'),
        each(randomBytes(32)),
        each(randomBytes(60)),
        each(null),
        each(240),
        each(10),
        each(randomBytes(32)),
        each(null),
        each(null),
        each(null),
        each(null),
        each(null),
      ],
    ],
    ['claiming what was just inserted', outbox.CLAIM_FRESH, [ids, 20_000]],
    ['searching for what is due', outbox.CLAIM, [50, 20_000]],
    [
      'recording outcomes',
      outbox.RECORD,
      [
        ids,
        each(1),
        each(1),
        each('tencent'),
        each('accepted'),
        each(null),
        each('Ok'),
        each(null),
        each(null),
        each('id'),
        each(1),
        each(now),
        each(now),
        each('accepted'),
        each(null),
        each(false),
        20_000,
        each('first in order'),
        each(null),
      ],
    ],
    ['noticing abandoned messages', outbox.LOSE, []],
    ['noticing late messages', outbox.EXPIRE, []],
    ['noting what arrived', APPROVE, [ids]],
    ['adding up the day', SPENT_SINCE, [firstIdOf(Date.now() - DAY_MS)]],
    ['forgetting a batch of old ones', PURGE, [firstIdOf(Date.now() - 300 * DAY_MS), 1_000]],
  ])('%s reads no table as a whole', async (_, statement, values) => {
    expect(await scannedBy(statement, values)).toEqual([]);
  });

  it('no statement of sessions reads one of these tables', () => {
    for (const statement of Object.values(sessions)) {
      if (typeof statement === 'object' && 'text' in statement) expect(statement.text).not.toMatch(/sms_/);
    }
  });

  it('forgets those that are too old, in batches, with their attempts, and no other', async () => {
    const count = async (table: string) => {
      const [{ n }] = await app.dataSource.query(`SELECT count(*)::int AS n FROM ${table}`);
      return n as number;
    };
    const [{ old }] = await app.dataSource.query(
      `SELECT count(*)::int AS old FROM sms_messages WHERE created_at < now() - interval '300 days'`,
    );
    const statements = jest.spyOn(PURGE, 'run');
    expect(await app.app.get(Retention).purge(300)).toBe(old);
    expect(statements).toHaveBeenCalledTimes(Math.floor(old / 1_000) + 1);
    statements.mockRestore();
    expect(await count('sms_messages')).toBe(OLD_MESSAGES - old);
    expect(await count('sms_attempts')).toBe(OLD_MESSAGES - old);
  });
});
