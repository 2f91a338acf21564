import { randomBytes } from 'node:crypto';
import { SessionRetention } from '../src/auth/sessions/session-retention';
import { firstIdOf } from '../src/sms/budget';
import { ProofRetention } from '../src/verification/proof-retention';
import type { SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { Steps } from './support/steps';

const DAY_MS = 86_400_000;

let app: RunningApp;
let other: RunningApp;
let steps: Steps;
let who: SignedIn;

beforeAll(async () => {
  app = await startApp(WIDE);
  other = await startApp(WIDE, app.cluster);
  steps = new Steps(app);
  who = await steps.register();
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const idOf = (ms: number) => firstIdOf(ms).slice(0, 24) + randomBytes(6).toString('hex');

interface Past {
  readonly openedDaysAgo: number;
  readonly endedDaysAgo?: number;
  readonly idleSinceDaysAgo: number;
}

async function session({ openedDaysAgo, endedDaysAgo, idleSinceDaysAgo }: Past): Promise<string> {
  const id = idOf(Date.now() - openedDaysAgo * DAY_MS);
  const ago = "now() - $%::float8 * interval '1 day'";
  await app.dataSource.query(
    `INSERT INTO sessions (id, user_id, amr, refresh_digest, created_at, idle_expires_at, absolute_expires_at, revoked_at)
     VALUES ($1, $2, '{sms}', '\\x00', ${ago.replace('%', '3')}, ${ago.replace('%', '4')}, now() + interval '1 day',
             ${ago.replace('%', '5')})`,
    [id, who.userId, openedDaysAgo, idleSinceDaysAgo, endedDaysAgo ?? null],
  );
  return id;
}

const purge = (on = app) => on.app.get(SessionRetention, { strict: false }).purge();
const left = async (ids: readonly string[]): Promise<string[]> =>
  (
    await app.dataSource.query<{ id: string }[]>('SELECT id FROM sessions WHERE id = ANY($1) ORDER BY id', [
      ids,
    ])
  ).map(({ id }) => id);

describe('sessions', () => {
  it('are forgotten 200 days after they ended or expired, and not before', async () => {
    const forgotten = [
      await session({ openedDaysAgo: 300, endedDaysAgo: 201, idleSinceDaysAgo: -1 }),
      await session({ openedDaysAgo: 300, idleSinceDaysAgo: 201 }),
    ];
    const kept = [
      await session({ openedDaysAgo: 300, endedDaysAgo: 199, idleSinceDaysAgo: -1 }),
      await session({ openedDaysAgo: 300, idleSinceDaysAgo: 199 }),
      await session({ openedDaysAgo: 300, idleSinceDaysAgo: -1 }),
      who.sessionId,
    ];
    expect(await purge()).toBe(2);
    expect(await left(forgotten)).toEqual([]);
    expect(await left(kept)).toHaveLength(kept.length);
    await steps.me(who).expect(200);
  });

  it('are forgotten once, by two instances that do it together', async () => {
    await Promise.all(
      Array.from({ length: 40 }, () => session({ openedDaysAgo: 300, idleSinceDaysAgo: 250 })),
    );
    const [one, two] = await Promise.all([purge(app), purge(other)]);
    // What one had locked, the other passed by.
    expect(one + two + (await purge())).toBe(40);
  });
});

describe('proofs of possession', () => {
  it('are forgotten after 30 days, by far longer than a ticket lives', async () => {
    const [old, recent] = [
      await steps.ticket(who.phone, 'register'),
      await steps.ticket(who.phone, 'reset_password'),
    ];
    const spent = (purpose: string, daysAgo: number) =>
      app.dataSource.query(
        `UPDATE spent_verifications SET spent_at = now() - $2::int * interval '1 day'
         WHERE purpose = $1 AND ticket_digest IS NOT NULL`,
        [purpose, daysAgo],
      );
    await spent('register', 31);
    await spent('reset_password', 29);
    expect(await app.app.get(ProofRetention, { strict: false }).purge()).toBe(1);
    await app.api.post('/v1/users').send({ ticket: old }).expect(410);
    await spent('reset_password', 0);
    const reset = { ticket: recent, newPassword: 'a quiet harbour' };
    await app.api.post('/v1/password-resets').send(reset).expect(204);
  });
});
