import { Erasures } from '../src/auth/account/erasures';
import { Events, type GatecodeEvent } from '../src/common/events';
import { eventually } from './support/eventually';
import { newPhone, type SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { Steps } from './support/steps';

/** 200 in full; the ordinary suite tries fewer. */
const ROUNDS = Number(process.env.RACE_ROUNDS ?? 20);
const ADMIN = newPhone();
const PASSWORD = 'a quiet harbour';

let app: RunningApp;
let other: RunningApp;
let steps: Steps;
let admin: SignedIn;

beforeAll(async () => {
  const variables = { ...WIDE, ADMIN_PHONES: ADMIN };
  app = await startApp(variables);
  other = await startApp(variables, app.cluster);
  steps = new Steps(app);
  admin = await steps.register(ADMIN);
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const remove = (who: SignedIn | undefined, on = app) => steps.as(who, on.api.delete('/v1/users/me'));
const restore = (userId: string) =>
  steps.as(admin, app.api.patch(`/v1/admin/users/${userId}`)).send({ status: 'active' });

async function removed(account: object = {}): Promise<SignedIn> {
  const who = await steps.newcomer(account);
  await remove(who).expect(202);
  return who;
}

const rowOf = async (userId: string): Promise<Record<string, unknown>> => {
  const [row] = await app.dataSource.query<Record<string, unknown>[]>('SELECT * FROM users WHERE id = $1', [
    userId,
  ]);
  return row;
};

/** As if the time for which accounts are held was over. */
async function holdIsOver(...users: SignedIn[]): Promise<void> {
  await app.dataSource.query('UPDATE users SET erase_at = now() WHERE id = ANY($1)', [
    users.map(({ userId }) => userId),
  ]);
}

/** Waits until the notice of the deletion is settled: it is the last message of an account. */
const noticed = (who: SignedIn) =>
  eventually('a notice', async () => (await steps.texts(who.phone, 'notice_account_deleted')).length === 1);

const eraseOn = (on: RunningApp) => on.app.get(Erasures, { strict: false }).eraseDue();

describe('an account that its owner deletes', () => {
  it('needs an owner who has just proven who they are', async () => {
    const who = await steps.register();
    expect((await remove(who).expect(403)).body.code).toBe('STEP_UP_REQUIRED');
    expect((await remove(undefined).expect(401)).body.code).toBe('UNAUTHENTICATED');
    await steps.me(who).expect(200);
  });

  it('is held for seven days, and its tokens are dead at once, on every instance', async () => {
    const who = await steps.newcomer();
    const elsewhere = await steps.logIn(who.phone);
    const { body } = await remove(who).expect(202);
    const days = (Date.parse(body.erasedAt) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(6.99);
    expect(days).toBeLessThan(7.01);
    for (const dead of [who, elsewhere]) {
      expect((await steps.me(dead).expect(401)).body.code).toBe('TOKEN_INVALID');
      await steps.refresh(dead).expect(401);
      await eventually('the end elsewhere', async () => (await new Steps(other).me(dead)).status === 401);
    }
    const live = await app.dataSource.query<object[]>(
      'SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL',
      [who.userId],
    );
    expect(live).toEqual([]);
  });

  it('leaves its number, user name and address free at once: who registers them is somebody else', async () => {
    const who = await steps.newcomer({ username: 'gone_away', password: PASSWORD });
    await steps.put(who, 'email', { email: 'gone@example.com' }).expect(204);
    await remove(who).expect(202);
    const identifiers = [who.phone, 'gone_away', 'gone@example.com'];
    for (const identifier of identifiers) {
      await app.api
        .post('/v1/sessions')
        .send({ grant: 'password', identifier, password: PASSWORD })
        .expect(401);
    }
    const successor = await steps.register(who.phone, { username: 'gone_away' });
    expect(successor.userId).not.toBe(who.userId);
    await steps.put(await steps.elevated(successor), 'email', { email: 'gone@example.com' }).expect(204);
    expect((await steps.me(successor)).body).toMatchObject({ username: 'gone_away', nickname: null });
  });

  it('is told by SMS, written down, and told to listeners', async () => {
    const heard: GatecodeEvent[] = [];
    const end = app.app.get(Events).on('user.deleted', (event) => heard.push(event));
    const who = await removed();
    end();
    expect(heard.map(({ data }) => data)).toEqual([{ userId: who.userId, erasedAt: expect.any(String) }]);
    await noticed(who);
    const [entry] = await app.dataSource.query<object[]>(
      `SELECT actor, detail FROM audit_events WHERE subject = $1 AND action = 'user.deleted'`,
      [who.userId],
    );
    expect(entry).toEqual({ actor: who.userId, detail: { holdDays: 7 } });
  });

  it('holds nothing readable meanwhile', async () => {
    const who = await removed({ username: 'held_name', nickname: '保留', password: PASSWORD });
    const { held_ciphertext: sealed, held_phone_index: index, ...columns } = await rowOf(who.userId);
    expect(sealed).toBeInstanceOf(Buffer);
    expect(index).toBeInstanceOf(Buffer);
    expect(columns).toMatchObject({
      phone_index: null,
      phone_ciphertext: null,
      username: null,
      username_key: null,
      username_skeleton: null,
      email: null,
      nickname: null,
      password_hash: null,
      status: 'deleted',
    });
    for (const secret of [who.phone.slice(3), 'held_name', '保留', '$argon2id$']) {
      expect((sealed as Buffer).includes(secret)).toBe(false);
    }
  });

  it(`has no live session afterwards, also when it is refreshed in the same moment (${ROUNDS} rounds)`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const who = await steps.newcomer();
      const [deleted, refreshed] = await Promise.all([
        remove(who),
        other.api.post('/v1/sessions/refresh').send({ refreshToken: who.refreshToken }),
      ]);
      expect(deleted.status).toBe(202);
      expect([200, 401]).toContain(refreshed.status);
      if (refreshed.status === 200) {
        await steps.refresh(refreshed.body).expect(401);
        await steps.me(refreshed.body).expect(401);
      }
      const live = await app.dataSource.query<object[]>(
        'SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL',
        [who.userId],
      );
      expect(live).toEqual([]);
    }
  }, 300_000);
});

describe('while it is held', () => {
  it('an operator can bring it back, with all it held; its old tokens stay dead', async () => {
    const who = await steps.newcomer({ username: 'came_back', nickname: '回来', password: PASSWORD });
    await steps.put(who, 'email', { email: 'back@example.com' }).expect(204);
    await remove(who).expect(202);
    const { body: found } = await steps
      .as(admin, app.api.get('/v1/admin/users'))
      .query({ phone: who.phone })
      .expect(200);
    expect(found.items).toMatchObject([
      { id: who.userId, status: 'deleted', phone: null, restorableUntil: expect.any(String) },
    ]);
    const { body } = await restore(who.userId).expect(200);
    expect(body).toMatchObject({ status: 'active', deletedAt: null, restorableUntil: null });
    await steps.me(who).expect(401);
    await steps.refresh(who).expect(401);
    const back = await steps.logIn(who.phone);
    expect((await steps.me(back)).body).toMatchObject({
      id: who.userId,
      phone: who.phone,
      username: 'came_back',
      nickname: '回来',
      email: 'back@example.com',
    });
    for (const identifier of ['came_back', 'back@example.com', who.phone]) {
      await app.api
        .post('/v1/sessions')
        .send({ grant: 'password', identifier, password: PASSWORD })
        .expect(201);
    }
    const row = await rowOf(who.userId);
    expect(row).toMatchObject({ held_ciphertext: null, held_phone_index: null, erase_at: null });
  });

  it('nobody can bring it back once its number is somebody else’s', async () => {
    const who = await removed();
    const successor = await steps.register(who.phone);
    expect((await restore(who.userId).expect(409)).body.code).toBe('PHONE_TAKEN');
    expect((await steps.me(successor)).body.id).toBe(successor.userId);
  });

  it('its name stays with who has taken it, and the account comes back without', async () => {
    const who = await removed({ username: 'wanted_name' });
    await steps.register(newPhone(), { username: 'wanted_narne' });
    expect((await restore(who.userId).expect(200)).body).toMatchObject({ status: 'active', username: null });
  });

  it('nothing else about it can be changed', async () => {
    const who = await removed();
    const { body } = await steps
      .as(admin, app.api.patch(`/v1/admin/users/${who.userId}`))
      .send({ roles: ['user'] })
      .expect(409);
    expect(body.code).toBe('ACCOUNT_DELETED');
  });
});

describe('when it has been held for long enough', () => {
  it('nothing is left of whose it was: not in users, sessions, messages or proofs', async () => {
    const who = await steps.newcomer({ username: 'forgotten', nickname: '忘记', password: PASSWORD });
    await steps.ticket(newPhone(), 'change_phone', who);
    await remove(who).expect(202);
    await noticed(who);
    const phoneIndex = (await rowOf(who.userId)).held_phone_index;
    await holdIsOver(who);
    const heard: unknown[] = [];
    const end = app.app.get(Events).on('user.erased', ({ data }) => heard.push(data));
    expect(await eraseOn(app)).toBe(1);
    end();
    expect(heard).toEqual([{ userId: who.userId }]);

    expect(await rowOf(who.userId)).toMatchObject({
      status: 'deleted',
      held_ciphertext: null,
      held_phone_index: null,
      erase_at: null,
      roles: [],
    });
    const count = async (sql: string, ...values: unknown[]): Promise<number> =>
      (await app.dataSource.query<[{ n: number }]>(`SELECT count(*)::int AS n FROM ${sql}`, values))[0].n;
    expect(await count('sessions WHERE user_id = $1', who.userId)).toBe(0);
    expect(
      await count('spent_verifications WHERE phone_index = $1 OR user_id = $2', phoneIndex, who.userId),
    ).toBe(0);
    expect(await steps.texts(who.phone, 'notice_account_deleted')).toHaveLength(1);
    const { body } = await app.api.get('/dev/messages').query({ to: who.phone }).expect(200);
    // Counted for the limits of the day still, and of nobody.
    expect(new Set((body.items as { to: string }[]).map(({ to }) => to))).toEqual(
      new Set(['+8600000000000']),
    );
    // What was consented to stays, and the audit log, which knows the user by the id alone.
    expect(await count('consents WHERE user_id = $1 AND ip_prefix IS NULL', who.userId)).toBe(1);
    const audit = await app.dataSource.query<{ action: string }[]>(
      'SELECT * FROM audit_events WHERE subject = $1 ORDER BY id',
      [who.userId],
    );
    expect(audit.map(({ action }) => action).slice(-2)).toEqual(['user.deleted', 'user.erased']);
    expect(JSON.stringify(audit)).not.toContain(who.phone.slice(3));
    expect(JSON.stringify(audit)).not.toContain('forgotten');
  });

  it('messages of other days can’t be found by the number any more', async () => {
    const who = await removed();
    await noticed(who);
    await app.dataSource.query(
      `UPDATE sms_messages SET created_at = created_at - interval '8 days'
       WHERE phone_index = (SELECT held_phone_index FROM users WHERE id = $1)`,
      [who.userId],
    );
    await holdIsOver(who);
    await eraseOn(app);
    const { body } = await app.api.get('/dev/messages').query({ to: who.phone }).expect(200);
    expect(body.items).toEqual([]);
  });

  it('what a new owner of the number has, is theirs: messages, proofs and tickets', async () => {
    const who = await removed();
    const successor = await steps.register(who.phone);
    const ticket = await steps.ticket(who.phone, 'reset_password');
    await holdIsOver(who);
    await eraseOn(app);
    const { body } = await app.api.get('/dev/messages').query({ to: who.phone }).expect(200);
    const own = (body.items as { to: string }[]).filter(({ to }) => to === who.phone);
    expect(own).toHaveLength(2);
    expect((await steps.logIn(who.phone)).userId).toBe(successor.userId);
    await app.api.post('/v1/password-resets').send({ ticket, newPassword: PASSWORD }).expect(204);
  });

  it('a ticket from before proves nothing any more', async () => {
    const who = await steps.newcomer();
    const ticket = await steps.ticket(who.phone, 'register');
    await remove(who).expect(202);
    await holdIsOver(who);
    await eraseOn(app);
    expect((await app.api.post('/v1/users').send({ ticket }).expect(410)).body.code).toBe('TICKET_INVALID');
  });

  it('nobody can bring it back', async () => {
    const who = await removed();
    await holdIsOver(who);
    await eraseOn(app);
    expect((await restore(who.userId).expect(409)).body.code).toBe('ACCOUNT_DELETED');
  });

  it('instances share the work: each account is erased once', async () => {
    const gone = await Promise.all(Array.from({ length: 8 }, () => removed()));
    await holdIsOver(...gone);
    const erased = await Promise.all([eraseOn(app), eraseOn(other)]);
    expect(erased[0] + erased[1]).toBe(8);
    const [{ n }] = await app.dataSource.query<[{ n: number }]>(
      `SELECT count(*)::int AS n FROM audit_events WHERE action = 'user.erased' AND subject = ANY($1)`,
      [gone.map(({ userId }) => userId)],
    );
    expect(n).toBe(8);
  });

  it('one that can’t be erased keeps no other waiting', async () => {
    const [stuck, next] = [await removed(), await removed()];
    await holdIsOver(stuck, next);
    await app.dataSource.query("UPDATE users SET erase_at = now() - interval '1 hour' WHERE id = $1", [
      stuck.userId,
    ]);
    await app.dataSource.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$`);
    await app.dataSource.query(`
      CREATE TRIGGER refuse BEFORE UPDATE ON users FOR EACH ROW
      WHEN (OLD.id = '${stuck.userId}') EXECUTE FUNCTION refuse()`);
    expect(await eraseOn(app)).toBe(1);
    expect((await rowOf(next.userId)).held_ciphertext).toBeNull();
    await app.dataSource.query('DROP TRIGGER refuse ON users');
    expect(await eraseOn(app)).toBe(1);
  });
});

describe('with nothing to be held', () => {
  it('it is erased at once', async () => {
    const own = await startApp({ ...WIDE, ACCOUNT_HOLD_DAYS: '0' }, app.cluster);
    try {
      const there = new Steps(own);
      const who = await there.newcomer();
      const { body } = await remove(who, own).expect(202);
      expect(Date.parse(body.erasedAt)).toBeLessThanOrEqual(Date.now() + 1_000);
      expect(await rowOf(who.userId)).toMatchObject({ held_ciphertext: null, held_phone_index: null });
      await there.me(who).expect(401);
      expect(await there.texts(who.phone, 'notice_account_deleted')).toEqual([]);
      expect((await there.register(who.phone)).userId).not.toBe(who.userId);
    } finally {
      await own.stop();
    }
  });
});
