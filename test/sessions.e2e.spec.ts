import { Events } from '../src/common/events';
import { eventually } from './support/eventually';
import { Journey, newPhone, type SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

interface Item {
  readonly id: string;
  readonly current: boolean;
  readonly device: string | null;
  readonly ip: string | null;
  readonly createdAt: string;
  readonly lastUsedAt: string;
}

type Tokens = Pick<SignedIn, 'accessToken' | 'refreshToken' | 'sessionId'>;

const DAY = 86_400;
const OPERATOR = newPhone();

let here: RunningApp;
let there: RunningApp;
let journey: Journey;

beforeAll(async () => {
  // A machine that is busy with other tests may take long to send ten requests.
  const variables = { ...WIDE, ADMIN_PHONES: OPERATOR, REFRESH_REUSE_GRACE: '60', LOG_LEVEL: 'silent' };
  here = await startApp(variables);
  there = await startApp(variables, here.cluster);
  journey = new Journey(here);
});
afterAll(async () => {
  await there.stop();
  await here.stop();
});

const bearer = ({ accessToken }: Pick<Tokens, 'accessToken'>) => ({ Authorization: `Bearer ${accessToken}` });
const list = async (as: Tokens, app = here): Promise<Item[]> =>
  (await app.api.get('/v1/sessions').set(bearer(as)).expect(200)).body.items;
const refresh = (refreshToken: string, app = here) =>
  app.api.post('/v1/sessions/refresh').send({ refreshToken });
const logIn = async (phone: string, device: string): Promise<Tokens> =>
  (
    await here.api
      .post('/v1/sessions')
      .set('User-Agent', device)
      .send({ grant: 'code', ...(await journey.proven(phone)) })
      .expect(201)
  ).body;
/** One after the other: each waits for its own code. */
const logInThrice = async (phone: string): Promise<Tokens[]> => [
  await logIn(phone, 'Device 1'),
  await logIn(phone, 'Device 2'),
  await logIn(phone, 'Device 3'),
];
const statusOf = async (tokens: Tokens, app = here) =>
  (await app.api.get('/v1/users/me').set(bearer(tokens))).status;
/** The store's clock goes on by so many seconds, as far as a session can tell. */
const clockGoesOn = (sessionId: string, seconds: number) =>
  here.dataSource.query(
    `UPDATE sessions SET created_at = created_at - $2 * interval '1 second',
       last_used_at = last_used_at - $2 * interval '1 second', rotated_at = rotated_at - $2 * interval '1 second',
       idle_expires_at = idle_expires_at - $2 * interval '1 second',
       absolute_expires_at = absolute_expires_at - $2 * interval '1 second'
     WHERE id = $1`,
    [sessionId, seconds],
  );

describe('the list of sessions', () => {
  it('shows where one is signed in: device, network, first and last seen, and which one asks', async () => {
    const user = await journey.register();
    const phone = await logIn(user.phone, 'Phone\t1');
    const tablet = await logIn(user.phone, 'T'.repeat(300));
    const items = await list(phone, there);
    expect(items.map(({ id, current, device }) => [id, current, device])).toEqual([
      [tablet.sessionId, false, 'T'.repeat(200)],
      [phone.sessionId, true, 'Phone 1'],
      [user.sessionId, false, null],
    ]);
    for (const { ip, createdAt, lastUsedAt } of items) {
      expect(ip).toBe('127.0.0.0/24');
      expect(lastUsedAt).toBe(createdAt);
    }
  });

  it('shows when one was last seen, and that comes first', async () => {
    const user = await journey.register();
    await logIn(user.phone, 'Tablet');
    await clockGoesOn(user.sessionId, 60);
    const before = (await list(user)).find(({ current }) => current)!;
    await refresh(user.refreshToken).expect(200);
    const [after] = await list(user);
    expect(after).toMatchObject({ id: user.sessionId, createdAt: before.createdAt });
    expect(Date.parse(after.lastUsedAt)).toBeGreaterThan(Date.parse(before.lastUsedAt) + 50_000);
  });

  it('comes in pages, in which each session is once', async () => {
    const user = await journey.register();
    const devices = await logInThrice(user.phone);
    const pageAfter = async (cursor?: string) =>
      (await here.api.get('/v1/sessions').query({ limit: 2, cursor }).set(bearer(user)).expect(200)).body;
    const first = await pageAfter();
    const second = await pageAfter(first.nextCursor);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([
      ...devices.map(({ sessionId }) => sessionId).reverse(),
      user.sessionId,
    ]);
    expect(second.nextCursor).toBeNull();
    const stranger = await journey.register();
    expect((await pageAfter(stranger.sessionId)).items).toEqual([]);
  });

  it('does not show what has ended, by whatever end', async () => {
    const user = await journey.register();
    const ended = await logInThrice(user.phone);
    await here.api.delete(`/v1/sessions/${ended[0].sessionId}`).set(bearer(user)).expect(204);
    await clockGoesOn(ended[1].sessionId, 31 * DAY);
    await clockGoesOn(ended[2].sessionId, 91 * DAY);
    expect((await list(user)).map(({ id }) => id)).toEqual([user.sessionId]);
  });
});

describe('a user ends', () => {
  it('one session: its tokens die, the others live', async () => {
    const user = await journey.register();
    const lost = await logIn(user.phone, 'Lost phone');
    await here.api.delete(`/v1/sessions/${lost.sessionId}`).set(bearer(user)).expect(204);
    expect(await statusOf(lost)).toBe(401);
    await eventually('end on the other instance', async () => (await statusOf(lost, there)) === 401, 2_000);
    await refresh(lost.refreshToken, there).expect(401);
    expect(await statusOf(user)).toBe(200);
    await here.api.delete(`/v1/sessions/${lost.sessionId}`).set(bearer(user)).expect(404);
  });

  it('one session by its id in capitals, at once', async () => {
    const user = await journey.register();
    const lost = await logIn(user.phone, 'Lost phone');
    await here.api.delete(`/v1/sessions/${lost.sessionId.toUpperCase()}`).set(bearer(user)).expect(204);
    expect(await statusOf(lost)).toBe(401);
  });

  it('all sessions but the own', async () => {
    const user = await journey.register();
    const others = await logInThrice(user.phone);
    await here.api.delete('/v1/sessions').set(bearer(user)).expect(204);
    for (const other of others) {
      expect(await statusOf(other)).toBe(401);
      await refresh(other.refreshToken, there).expect(401);
    }
    expect(await statusOf(user)).toBe(200);
    await refresh(user.refreshToken).expect(200);
    expect(await list(user)).toHaveLength(1);
  });

  it('no session of another user, which is as if it were not there (H8)', async () => {
    const user = await journey.register();
    const stranger = await journey.register();
    for (const id of [
      user.sessionId,
      '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10',
      'nonsense',
      `${user.sessionId}'`,
    ])
      await here.api
        .delete(`/v1/sessions/${encodeURIComponent(id)}`)
        .set(bearer(stranger))
        .expect(404);
    await here.api.delete('/v1/sessions').set(bearer(stranger)).expect(204);
    expect(await statusOf(user)).toBe(200);
    await refresh(user.refreshToken).expect(200);
    expect((await list(stranger)).map(({ id }) => id)).toEqual([stranger.sessionId]);
  });
});

describe('a session', () => {
  it('lives on as long as it is used within its idle time, and no longer than its absolute time', async () => {
    const user = await journey.register();
    let { refreshToken } = user;
    let age = 0;
    for (; age < 87; age += 29) {
      await clockGoesOn(user.sessionId, 29 * DAY);
      const { body } = await refresh(refreshToken).expect(200);
      expect(body.refreshExpiresIn).toBeLessThanOrEqual(Math.min(30, 90 - age - 29) * DAY);
      expect(body.refreshExpiresIn).toBeGreaterThan(Math.min(30, 90 - age - 29) * DAY - 60);
      refreshToken = body.refreshToken;
    }
    await clockGoesOn(user.sessionId, 3 * DAY);
    expect((await refresh(refreshToken).expect(401)).body.code).toBe('REFRESH_INVALID');
  });

  it('ends by not being used', async () => {
    const user = await journey.register();
    await clockGoesOn(user.sessionId, 30 * DAY - 60);
    const { refreshToken } = (await refresh(user.refreshToken).expect(200)).body;
    await clockGoesOn(user.sessionId, 30 * DAY);
    await refresh(refreshToken).expect(401);
  });

  it('ends when an old refresh token turns up, with an event and a line in the audit log (H5)', async () => {
    const admin = await journey.register(OPERATOR);
    const user = await journey.register();
    const elsewhere = await logIn(user.phone, 'Tablet');
    const told: unknown[] = [];
    const forget = here.app.get(Events).on('session.refresh-reused', ({ data }) => told.push(data));
    const b = (await refresh(user.refreshToken).expect(200)).body;
    const c = (await refresh(b.refreshToken, there).expect(200)).body;
    await clockGoesOn(user.sessionId, 61);
    const replays = await Promise.all([1, 2, 3].map(() => refresh(user.refreshToken)));
    expect(replays.map(({ status }) => status)).toEqual([401, 401, 401]);
    for (const token of [user.refreshToken, b.refreshToken, c.refreshToken])
      await refresh(token, there).expect(401);
    expect(await statusOf(c)).toBe(401);
    expect(await statusOf(elsewhere)).toBe(200);
    await refresh(elsewhere.refreshToken).expect(200);
    forget();
    expect(told).toEqual([{ sessionId: user.sessionId }]);
    const { body } = await here.api
      .get('/v1/admin/audit?action=session.refresh-reused')
      .set(bearer(admin))
      .expect(200);
    expect(body.items).toEqual([
      expect.objectContaining({
        actor: 'system',
        subject: user.userId,
        detail: { sessionId: user.sessionId },
        requestId: expect.any(String),
      }),
    ]);
  });

  it('has one living chain after 200 rounds of ten parallel refreshes on two instances (H6)', async () => {
    const user = await journey.register();
    let { refreshToken } = user;
    let newest: Tokens = user;
    for (let round = 0; round < 200; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, turn) => refresh(refreshToken, turn % 2 ? here : there)),
      );
      // Nobody is logged out, and all hold the same successor.
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
      const successors = new Set(answers.map(({ body }) => body.refreshToken));
      expect(successors.size).toBe(1);
      // An answer was lost: the same again, a moment later.
      if (round % 20 === 0)
        expect((await refresh(refreshToken, here).expect(200)).body.refreshToken).toBe([...successors][0]);
      newest = answers[0].body;
      refreshToken = newest.refreshToken;
    }
    const [row] = await here.dataSource.query(
      `SELECT refresh_generation AS generation, revoked_at AS "revokedAt" FROM sessions WHERE id = $1`,
      [user.sessionId],
    );
    expect(row).toEqual({ generation: 200, revokedAt: null });
    expect(await statusOf(newest, there)).toBe(200);
    expect(await list(newest)).toHaveLength(1);
  }, 120_000);

  it('keeps digests of its refresh tokens and nothing else of them (H9)', async () => {
    const user = await journey.register();
    const { refreshToken } = (await refresh(user.refreshToken).expect(200)).body;
    const [{ row }] = await here.dataSource.query('SELECT s::text AS row FROM sessions s WHERE id = $1', [
      user.sessionId,
    ]);
    for (const token of [user.refreshToken, refreshToken]) {
      // 16 bytes of id, 4 of generation, and 32 that nobody can guess.
      const bytes = Buffer.from(token.slice('gcr_'.length), 'base64url');
      expect(bytes).toHaveLength(52);
      const secret = bytes.subarray(20);
      for (const encoding of ['hex', 'base64', 'base64url'] as const)
        expect(row).not.toContain(secret.toString(encoding).slice(0, 20));
    }
  });
});
