import { newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { Steps } from './support/steps';

const PASSWORD = 'a quiet harbour';

interface Entry {
  readonly actor: string;
  readonly action: string;
  readonly detail: object;
  readonly request_id: string | null;
}

let app: RunningApp;
let steps: Steps;

beforeAll(async () => {
  app = await startApp({ ...WIDE, REFRESH_REUSE_GRACE: '0' });
  steps = new Steps(app);
});
afterAll(() => app.stop());

const entriesOf = (userId: string): Promise<Entry[]> =>
  app.dataSource.query(
    'SELECT actor, action, detail, request_id FROM audit_events WHERE subject = $1 ORDER BY id',
    [userId],
  );
const actionsOf = async (userId: string) => (await entriesOf(userId)).map(({ action }) => action);

describe('the audit log knows of an account', () => {
  it('that it was made, by whatever way, and by which request', async () => {
    const byCode = await app.api
      .post('/v1/users')
      .set('X-Request-Id', 'register-1')
      .send(await steps.proven(newPhone(), 'register'))
      .expect(201);
    const byTicket = await app.api
      .post('/v1/users')
      .send({ ticket: await steps.ticket(newPhone(), 'register') })
      .expect(201);
    const byLogIn = await app.api
      .post('/v1/sessions')
      .send({ grant: 'code', ...(await steps.proven(newPhone())), createUser: true })
      .expect(201);
    const { id } = byCode.body.user;
    expect(await entriesOf(id)).toEqual([
      { actor: id, action: 'user.registered', detail: {}, request_id: 'register-1' },
    ]);
    for (const { body } of [byTicket, byLogIn]) {
      expect(await actionsOf(body.user.id)).toEqual(['user.registered']);
    }
  });

  it('and not that somebody logged in: the session is the record of that', async () => {
    const who = await steps.register(newPhone(), { password: PASSWORD });
    await steps.logIn(who.phone);
    await app.api
      .post('/v1/sessions')
      .send({ grant: 'code', ...(await steps.proven(who.phone)), createUser: true })
      .expect(201);
    await app.api
      .post('/v1/sessions')
      .send({ grant: 'password', identifier: who.phone, password: PASSWORD })
      .expect(201);
    await steps.refresh(who).expect(200);
    expect(await actionsOf(who.userId)).toEqual(['user.registered']);
  });

  it('what its owner changed', async () => {
    const who = await steps.newcomer({ password: PASSWORD });
    const newPassword = 'another quiet harbour';
    await steps.put(who, 'username', { username: 'written_down' }).expect(204);
    await steps.put(who, 'email', { email: 'written@example.com' }).expect(204);
    await steps.put(who, 'password', { currentPassword: PASSWORD, newPassword }).expect(204);
    const ticket = await steps.ticket(newPhone(), 'change_phone', who);
    await steps.put(who, 'phone', { ticket }).expect(204);
    await steps.as(who, app.api.delete('/v1/users/me')).expect(202);
    const entries = await entriesOf(who.userId);
    expect(entries.map(({ action }) => action)).toEqual([
      'user.registered',
      'user.username-changed',
      'user.email-changed',
      'user.password-changed',
      'user.phone-changed',
      'user.deleted',
    ]);
    expect(new Set(entries.map(({ actor }) => actor))).toEqual(new Set([who.userId]));
    for (const { request_id } of entries) expect(request_id).toEqual(expect.any(String));
    // Who it was can't be read from it once the account is gone.
    for (const secret of [who.phone.slice(3), 'written_down', 'written@example.com']) {
      expect(JSON.stringify(entries)).not.toContain(secret);
    }
  });

  it('that a refresh token of it was used twice', async () => {
    const who = await steps.register();
    await steps.refresh(who).expect(200);
    await steps.refresh(who).expect(401);
    expect((await entriesOf(who.userId)).at(-1)).toMatchObject({
      actor: 'system',
      action: 'session.refresh-reused',
      detail: { sessionId: who.sessionId },
    });
  });

  it('nothing that was not done', async () => {
    const who = await steps.newcomer();
    const taken = await steps.register(newPhone(), { username: 'already_there' });
    await steps.put(who, 'username', { username: 'already_there' }).expect(409);
    const ticket = await steps.ticket(taken.phone, 'change_phone', who);
    await steps.put(who, 'phone', { ticket }).expect(409);
    const proof = await steps.proven(taken.phone, 'register');
    await app.api.post('/v1/users').send(proof).expect(409);
    expect(await actionsOf(who.userId)).toEqual(['user.registered']);
    expect(await actionsOf(taken.userId)).toEqual(['user.registered']);
  });
});
