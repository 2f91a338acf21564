import { Events } from '../src/common/events';
import { eventually } from './support/eventually';
import { newPhone, type SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { Steps } from './support/steps';

const ADMIN = newPhone();
const PASSWORD = 'a quiet harbour';

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly nextCursor: string | null;
}

let app: RunningApp;
let other: RunningApp;
let steps: Steps;
let elsewhere: Steps;
let admin: SignedIn;

beforeAll(async () => {
  const variables = { ...WIDE, ADMIN_PHONES: ADMIN, ROLES: 'support,editor' };
  app = await startApp(variables);
  other = await startApp(variables, app.cluster);
  [steps, elsewhere] = [new Steps(app), new Steps(other)];
  admin = await steps.register(ADMIN);
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const find = (query: object, who = admin) => steps.as(who, app.api.get('/v1/admin/users')).query(query);
const read = (id: string, who = admin) => steps.as(who, app.api.get(`/v1/admin/users/${id}`));
const patch = (id: string, changes: object, who = admin) =>
  steps.as(who, app.api.patch(`/v1/admin/users/${id}`)).send(changes);
const endSessions = (id: string, who = admin) =>
  steps.as(who, app.api.delete(`/v1/admin/users/${id}/sessions`));
const masked = (phone: string) => `${phone.slice(3, 6)}****${phone.slice(-4)}`;
const auditOf = (userId: string): Promise<{ actor: string; action: string; detail: object }[]> =>
  app.dataSource.query(
    'SELECT actor, action, detail, request_id FROM audit_events WHERE subject = $1 ORDER BY id',
    [userId],
  );

/** Within two seconds is the promise. */
const soonRefused = (who: SignedIn) =>
  eventually('refusal elsewhere', async () => (await elsewhere.me(who)).status === 401, 2_500);

describe('operators find users', () => {
  it('by number in any spelling, user name, address or id, and see the number masked', async () => {
    const who = await steps.newcomer({ username: 'to_be_found', nickname: '李雷' });
    await steps.put(who, 'email', { email: 'Found@example.com' }).expect(204);
    const national = `0086 ${who.phone.slice(3, 6)}-${who.phone.slice(6)}`;
    const queries = [
      { phone: who.phone },
      { phone: national },
      { username: 'To_Be_Found' },
      { email: 'found@EXAMPLE.com' },
      { id: who.userId },
      { phone: who.phone, username: 'to_be_found' },
    ];
    for (const query of queries) {
      const { body } = await find(query).expect(200);
      expect(body).toEqual({
        items: [
          {
            id: who.userId,
            phone: masked(who.phone),
            username: 'to_be_found',
            nickname: '李雷',
            email: 'Found@example.com',
            avatarUrl: null,
            roles: ['user'],
            status: 'active',
            createdAt: expect.any(String),
            deletedAt: null,
            restorableUntil: null,
          },
        ],
        nextCursor: null,
      });
    }
    expect((await find({ phone: newPhone() }).expect(200)).body.items).toEqual([]);
    expect((await find({ phone: who.phone, username: 'another' }).expect(200)).body.items).toEqual([]);
  });

  it('page by page, newest first', async () => {
    const made = [await steps.register(), await steps.register(), await steps.register()];
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { body: Page } = await find({ limit: 2, ...(cursor ? { cursor } : {}) }).expect(200);
      seen.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.nextCursor;
    } while (cursor);
    expect(seen.slice(0, 3)).toEqual(made.map(({ userId }) => userId).reverse());
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('and what they looked for is written down, masked', async () => {
    const who = await steps.register();
    await find({ phone: who.phone }).expect(200);
    const { body } = await steps
      .as(admin, app.api.get('/v1/admin/audit'))
      .query({ action: 'users.read', limit: 1 })
      .expect(200);
    expect(body.items[0]).toMatchObject({
      actor: admin.userId,
      detail: { phone: masked(who.phone) },
      requestId: expect.any(String),
    });
    expect(JSON.stringify(body)).not.toContain(who.phone.slice(3));
  });

  it('with the sessions that are still good', async () => {
    const who = await steps.register();
    const second = await steps.logIn(who.phone);
    const { body } = await read(who.userId).expect(200);
    expect((body.sessions as { id: string }[]).map(({ id }) => id).sort()).toEqual(
      [who.sessionId, second.sessionId].sort(),
    );
    expect(JSON.stringify(body)).not.toMatch(/password|digest|ciphertext/i);
    await read('019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10').expect(404);
    await read('nonsense').expect(404);
  });

  it('and nobody else does', async () => {
    const [who, another] = [await steps.register(), await steps.register()];
    for (const answer of [
      await find({ phone: another.phone }, who),
      await read(another.userId, who),
      await patch(another.userId, { status: 'disabled' }, who),
      await endSessions(another.userId, who),
    ]) {
      expect(answer.body).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    }
    await app.api.get('/v1/admin/users').expect(401);
    await steps.me(another).expect(200);
  });
});

describe('a user who is disabled', () => {
  it('can’t get in by any way, and is out within two seconds on every instance', async () => {
    const who = await steps.register(newPhone(), { username: 'shut_out', password: PASSWORD });
    const { body } = await patch(who.userId, { status: 'disabled' }).expect(200);
    expect(body).toMatchObject({ id: who.userId, status: 'disabled' });
    await steps.me(who).expect(401);
    await soonRefused(who);
    await steps.refresh(who).expect(401);
    for (const identifier of [who.phone, 'shut_out']) {
      const answer = await app.api
        .post('/v1/sessions')
        .send({ grant: 'password', identifier, password: PASSWORD })
        .expect(401);
      expect(answer.body.code).toBe('LOGIN_FAILED');
    }
    for (const createUser of [false, true]) {
      const proof = await steps.proven(who.phone);
      await app.api
        .post('/v1/sessions')
        .send({ grant: 'code', ...proof, createUser })
        .expect(401);
    }
    const proof = await steps.proven(who.phone, 'register');
    expect((await app.api.post('/v1/users').send(proof).expect(409)).body.code).toBe('PHONE_TAKEN');
  });

  it('comes in again once enabled, by a new session', async () => {
    const who = await steps.register();
    await patch(who.userId, { status: 'disabled' }).expect(200);
    await patch(who.userId, { status: 'active' }).expect(200);
    await steps.refresh(who).expect(401);
    await steps.me(who).expect(401);
    await steps.me(await steps.logIn(who.phone)).expect(200);
  });

  it('is written down, with who did it and by which request; once, however often it is said', async () => {
    const who = await steps.register();
    const heard: object[] = [];
    const end = app.app.get(Events).on('user.disabled', ({ data }) => heard.push(data));
    await patch(who.userId, { status: 'disabled' }).set('X-Request-Id', 'disable-1').expect(200);
    await patch(who.userId, { status: 'disabled' }).expect(200);
    end();
    expect(heard).toEqual([{ userId: who.userId, by: admin.userId }]);
    expect((await auditOf(who.userId)).filter(({ action }) => action === 'user.disabled')).toEqual([
      { actor: admin.userId, action: 'user.disabled', detail: {}, request_id: 'disable-1' },
    ]);
  });
});

describe('roles', () => {
  it('hold within two seconds: tokens with the old ones are refused, a refresh brings the new ones', async () => {
    const who = await steps.register();
    await find({}, who).expect(403);
    const { body } = await patch(who.userId, { roles: ['user', 'admin', 'support'] }).expect(200);
    expect(body.roles).toEqual(['user', 'admin', 'support']);
    await soonRefused(who);
    const refreshed = await steps.refresh(who).expect(200);
    expect(refreshed.body.user.roles).toEqual(['user', 'admin', 'support']);
    await find({}, refreshed.body).expect(200);

    await patch(who.userId, { roles: ['user'] }).expect(200);
    await find({}, refreshed.body).expect(401);
    const again = await steps.refresh(refreshed.body).expect(200);
    await find({}, again.body).expect(403);
    expect((await auditOf(who.userId)).filter(({ action }) => action.includes('role'))).toMatchObject([
      { action: 'user.role-granted', actor: admin.userId, detail: { role: 'admin' } },
      { action: 'user.role-granted', actor: admin.userId, detail: { role: 'support' } },
      { action: 'user.role-taken', actor: admin.userId, detail: { role: 'admin' } },
      { action: 'user.role-taken', actor: admin.userId, detail: { role: 'support' } },
    ]);
  });

  it('stay what they are when they are said again, and so do the tokens', async () => {
    const who = await steps.register();
    await patch(who.userId, { roles: ['user'] }).expect(200);
    await steps.me(who).expect(200);
  });

  it.each([
    [['user', 'boss'], '#/roles/1', 'ROLE_UNKNOWN'],
    [['No Role'], '#/roles', undefined],
    ['admin', '#/roles', undefined],
    [['user', 'user'], '#/roles', undefined],
  ])('are those that there are: not %j', async (roles, pointer, code) => {
    const who = await steps.register();
    const { body } = await patch(who.userId, { roles }).expect(422);
    expect(body.errors).toMatchObject([{ pointer, ...(code && { code }) }]);
    await steps.me(who).expect(200);
  });

  it('the last administrator can’t lose theirs, nor be disabled', async () => {
    for (const changes of [{ roles: ['user'] }, { status: 'disabled' }]) {
      expect((await patch(admin.userId, changes).expect(409)).body.code).toBe('LAST_ADMIN');
    }
    await find({}).expect(200);
  });

  it('nor however their id is written', async () => {
    for (const changes of [{ roles: ['user'] }, { status: 'disabled' }]) {
      const { body } = await patch(admin.userId.toUpperCase(), changes).expect(409);
      expect(body.code).toBe('LAST_ADMIN');
    }
    await find({}).expect(200);
  });

  it('of two administrators who take each other’s, one is left', async () => {
    const second = await steps.register();
    await patch(second.userId, { roles: ['user', 'admin'] }).expect(200);
    const { body } = await steps.refresh(second).expect(200);
    const answers = await Promise.all([
      patch(second.userId, { roles: ['user'] }),
      steps.as(body, other.api.patch(`/v1/admin/users/${admin.userId}`)).send({ roles: ['user'] }),
    ]);
    const done = answers.filter(({ status }) => status === 200);
    expect(done).toHaveLength(1);
    expect(answers.find(({ status }) => status !== 200)!.body.code).toBe('LAST_ADMIN');
    // Who of them it is must not matter to what follows.
    await app.dataSource.query(`UPDATE users SET roles = '{user,admin}' WHERE id = $1`, [admin.userId]);
    await app.dataSource.query(`UPDATE users SET roles = '{user}' WHERE id = $1`, [second.userId]);
    admin = { ...admin, ...(await steps.refresh(admin).expect(200)).body };
  });
});

describe('the sessions of a user', () => {
  it('are ended by an operator: refresh tokens at once, access tokens within two seconds', async () => {
    const who = await steps.register();
    const second = await steps.logIn(who.phone);
    await endSessions(who.userId).expect(204);
    for (const session of [who, second]) {
      await steps.me(session).expect(401);
      await steps.refresh(session).expect(401);
      await soonRefused(session);
    }
    await steps.me(await steps.logIn(who.phone)).expect(200);
    expect((await auditOf(who.userId)).map(({ action }) => action)).toContain('user.sessions-ended');
    await endSessions('019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10').expect(404);
  });
});
