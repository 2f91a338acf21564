import { hash } from '@node-rs/argon2';
import { Events } from '../src/common/events';
import { eventually } from './support/eventually';
import { Journey, newPhone, type SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const OLD = 'correct horse';
const NEW = 'seven otters in a teapot';

describe('a password', () => {
  let app: RunningApp;
  let second: RunningApp;
  let journey: Journey;

  beforeAll(async () => {
    app = await startApp(WIDE);
    second = await startApp(WIDE, app.cluster);
    journey = new Journey(app);
  });
  afterAll(async () => {
    await second.stop();
    await app.stop();
  });

  const as = (token: string) => ({ Authorization: `Bearer ${token}` });
  const me = (token: string, on = app) => on.api.get('/v1/users/me').set(as(token));
  const refresh = (refreshToken: string) => app.api.post('/v1/sessions/refresh').send({ refreshToken });
  const logIn = (identifier: string, password: string) =>
    app.api.post('/v1/sessions').send({ grant: 'password', identifier, password });
  const change = ({ accessToken }: { accessToken: string }, body: object) =>
    app.api.put('/v1/users/me/password').set(as(accessToken)).send(body);
  const stepUp = ({ accessToken }: SignedIn, password: string) =>
    app.api.post('/v1/step-ups').set(as(accessToken)).send({ password }).expect(200);
  const ticketFor = async (phone: string, purpose = 'reset_password') => {
    const { verificationId, code } = await journey.proven(phone, purpose);
    const { body } = await app.api
      .post(`/v1/verifications/${verificationId}/check`)
      .send({ code })
      .expect(200);
    return body.ticket as string;
  };
  const reset = (ticket: string, newPassword: string, on = app) =>
    on.api.post('/v1/password-resets').send({ ticket, newPassword });
  const audited = async (userId: string) =>
    (
      await app.dataSource.query<{ action: string; actor: string }[]>(
        `SELECT action, actor FROM audit_events WHERE subject = $1 AND action LIKE 'user.password%'`,
        [userId],
      )
    ).map(({ action, actor }) => [action, actor === userId]);
  /** Events of one user, as they are told. */
  const heard = (userId: string) => {
    const names: string[] = [];
    app.app.get(Events, { strict: false }).onAny(({ name, data }) => {
      if ((data as { userId?: string }).userId === userId) names.push(name);
    });
    return names;
  };
  const diesWithin2s = (token: string, on: RunningApp) =>
    eventually('refusal of the access token', async () => (await me(token, on)).status === 401, 2_000);

  describe('is changed', () => {
    it('with the one there is: other sessions end, this one stays', async () => {
      const user = await journey.register(newPhone(), { password: OLD });
      const { body: other } = await logIn(user.phone, OLD).expect(201);
      const events = heard(user.userId);
      const answer = await change(user, { currentPassword: OLD, newPassword: NEW }).expect(204);
      expect(answer.headers['cache-control']).toBe('no-store');

      await me(other.accessToken).expect(401);
      await diesWithin2s(other.accessToken as string, second);
      await refresh(other.refreshToken as string).expect(401);
      await me(user.accessToken).expect(200);
      await refresh(user.refreshToken).expect(200);
      await logIn(user.phone, OLD).expect(401);
      await logIn(user.phone, NEW).expect(201);
      expect(events).toEqual(['user.password-changed']);
      expect(await audited(user.userId)).toEqual([['user.password-changed', true]]);
    });

    it('after a step-up without it; else not', async () => {
      const user = await journey.register(newPhone(), { password: OLD });
      expect((await change(user, { newPassword: NEW }).expect(403)).body.code).toBe('STEP_UP_REQUIRED');
      await stepUp(user, OLD);
      await change(user, { newPassword: NEW }).expect(204);
      await logIn(user.phone, NEW).expect(201);
    });

    it('not with a wrong one, whether or not there is one, and not beyond the limit', async () => {
      const user = await journey.register(newPhone(), { password: OLD });
      const strict = await startApp({ ...WIDE, PASSWORD_HOURLY_LIMIT: '2' }, app.cluster);
      const guess = (currentPassword: string) =>
        strict.api
          .put('/v1/users/me/password')
          .set(as(user.accessToken))
          .send({ currentPassword, newPassword: NEW });
      for (let turn = 0; turn < 2; turn += 1)
        expect((await guess('wrong horse').expect(401)).body.code).toBe('LOGIN_FAILED');
      expect((await guess(OLD).expect(429)).body.code).toBe('PASSWORD_HOURLY_LIMIT');
      const without = await journey.register();
      await change(without, { currentPassword: 'any horse', newPassword: NEW }).expect(401);
      await logIn(user.phone, OLD).expect(201);
      await strict.stop();
    });

    it('by one of two who change it at once', async () => {
      for (let round = 0; round < 10; round += 1) {
        const user = await journey.register(newPhone(), { password: OLD });
        const answers = await Promise.all(
          ['one', 'other'].map((word) =>
            change(user, { currentPassword: OLD, newPassword: `${word} otter in a teapot` }),
          ),
        );
        expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
        const winner = answers[0].status === 204 ? 'one' : 'other';
        await logIn(user.phone, `${winner} otter in a teapot`).expect(201);
      }
    });

    it('and a log-in by the old one at the same time leaves nobody signed in by it', async () => {
      for (let round = 0; round < 20; round += 1) {
        const user = await journey.register(newPhone(), { password: OLD });
        const [changed, loggedIn] = await Promise.all([
          change(user, { currentPassword: OLD, newPassword: NEW }),
          logIn(user.phone, OLD),
        ]);
        expect(changed.status).toBe(204);
        if (loggedIn.status === 201) await refresh(loggedIn.body.refreshToken as string).expect(401);
        else expect(loggedIn.status).toBe(401);
      }
    });
  });

  describe('is reset', () => {
    it('by a ticket: the old one, refresh and access tokens are dead within two seconds, and nobody is signed in', async () => {
      const user = await journey.register(newPhone(), { password: OLD });
      await me(user.accessToken, second).expect(200);
      const events = heard(user.userId);
      const ticket = await ticketFor(user.phone);
      const answer = await reset(ticket, NEW).expect(204);
      expect(answer.text).toBe('');
      expect(answer.headers['cache-control']).toBe('no-store');

      await me(user.accessToken).expect(401);
      await diesWithin2s(user.accessToken, second);
      await refresh(user.refreshToken).expect(401);
      await logIn(user.phone, OLD).expect(401);
      await logIn(user.phone, NEW).expect(201);
      expect((await reset(ticket, 'yet another good one').expect(410)).body.code).toBe('TICKET_INVALID');
      expect(events).toEqual(['user.password-reset']);
      expect(await audited(user.userId)).toEqual([['user.password-reset', true]]);
    });

    it('for an account that had none', async () => {
      const user = await journey.register();
      await reset(await ticketFor(user.phone), NEW).expect(204);
      await logIn(user.phone, NEW).expect(201);
    });

    it('once by one ticket, whoever comes with it at the same time', async () => {
      const { phone } = await journey.register(newPhone(), { password: OLD });
      const ticket = await ticketFor(phone);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, turn) => reset(ticket, `${NEW} ${turn}`, turn % 2 ? app : second)),
      );
      const statuses = answers.map(({ status }) => status);
      expect([...statuses].sort()).toEqual([204, ...Array<number>(19).fill(410)]);
      await logIn(phone, `${NEW} ${statuses.indexOf(204)}`).expect(201);
    });

    it.each(['login', 'register', 'change_phone', 'step_up', 'delete_account'])(
      'not by a ticket of purpose %s',
      async (purpose) => {
        const user = await journey.register(newPhone(), { password: OLD });
        const verificationId = await journey.start(user.phone, purpose, user.accessToken);
        await journey.sent(verificationId);
        const code = await journey.code(user.phone);
        const { body } = await app.api
          .post(`/v1/verifications/${verificationId}/check`)
          .send({ code })
          .expect(200);
        await reset(body.ticket as string, NEW).expect(410);
        await logIn(user.phone, OLD).expect(201);
      },
    );

    it('not by a ticket that is too old, made up, or for an account that is disabled', async () => {
      const user = await journey.register(newPhone(), { password: OLD });
      const old = await ticketFor(user.phone);
      await app.dataSource.query(`UPDATE spent_verifications SET ticket_expires_at = now()`);
      await reset(old, NEW).expect(410);
      await reset('gct_EXAMPLE0000000000000000000000000000000000000', NEW).expect(410);
      const ticket = await ticketFor(user.phone);
      await app.dataSource.query(`UPDATE users SET status = 'disabled' WHERE id = $1`, [user.userId]);
      await reset(ticket, NEW).expect(410);
    });

    it('not by a proof from before the number was this account’s', async () => {
      const user = await journey.register(newPhone(), { password: OLD });
      const ticket = await ticketFor(user.phone);
      await app.dataSource.query(`UPDATE users SET phone_changed_at = now() WHERE id = $1`, [user.userId]);
      await reset(ticket, NEW).expect(410);
      await reset(await ticketFor(user.phone), NEW).expect(204);
    });
  });

  describe('may not be', () => {
    it.each([
      ['common', 'password123'],
      ['common in China', 'woaini1314'],
      ['one word again and again', 'p@$$w0rd'.repeat(16)],
      ['the name of the service', 'GateCode-01'],
    ])('%s', async (_, newPassword) => {
      const user = await journey.register(newPhone(), { password: OLD });
      const errors = [{ pointer: '#/newPassword', code: 'PASSWORD_TOO_COMMON' }];
      const changed = await change(user, { currentPassword: OLD, newPassword }).expect(422);
      expect(changed.body).toMatchObject({ code: 'VALIDATION_FAILED', errors });
      const ticket = await ticketFor(user.phone);
      const refused = await reset(ticket, newPassword).expect(422);
      expect(refused.body).toMatchObject({ code: 'VALIDATION_FAILED', errors });
      await logIn(user.phone, OLD).expect(201);
      await reset(ticket, NEW).expect(204);
    });

    it('made of the words of its own account', async () => {
      const user = await journey.register(newPhone(), {
        password: OLD,
        username: 'bernard_x',
        nickname: 'Xu Bo',
      });
      for (const newPassword of [user.phone, `${user.phone.slice(3)}!`, 'bernard_x123', 'Bernard.Bernard']) {
        const { body } = await change(user, { currentPassword: OLD, newPassword }).expect(422);
        expect(body.errors).toMatchObject([{ pointer: '#/newPassword', code: 'PASSWORD_TOO_COMMON' }]);
      }
    });

    it.each(['seven c', 'x'.repeat(129)])('too short or too long: %s', async (newPassword) => {
      const user = await journey.register();
      const { body } = await change(user, { newPassword }).expect(422);
      expect(body.errors).toEqual([
        expect.objectContaining({ pointer: '#/newPassword', code: 'PASSWORD_LENGTH' }),
      ]);
    });

    it('told to be refused before possession is proven: a made-up ticket hears the same with any', async () => {
      for (const newPassword of ['password123', NEW]) {
        expect((await reset('gct_MADEUP', newPassword).expect(410)).body.code).toBe('TICKET_INVALID');
      }
    });
  });

  it('of 128 characters of any kind is kept whole', async () => {
    const user = await journey.register();
    const long = `${'床前明月光'.repeat(20)} 😀 seven otters in a pot é`.padEnd(128, '~').slice(0, 128);
    await reset(await ticketFor(user.phone), long).expect(204);
    await logIn(user.phone, long.slice(0, -1)).expect(401);
    await logIn(user.phone, long.normalize('NFD')).expect(201);
  });

  it('whose hash has other parameters is hashed anew at the next log-in, and stays the same', async () => {
    const user = await journey.register();
    const weak = await hash(OLD, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    await app.dataSource.query('UPDATE users SET password_hash = $2 WHERE id = $1', [user.userId, weak]);
    const stored = async () => {
      const [{ password_hash: now }] = await app.dataSource.query<{ password_hash: string }[]>(
        'SELECT password_hash FROM users WHERE id = $1',
        [user.userId],
      );
      return now;
    };
    await logIn(user.phone, 'wrong horse').expect(401);
    expect(await stored()).toBe(weak);
    const answers = await Promise.all([
      logIn(user.phone, OLD),
      logIn(user.phone, OLD),
      logIn(user.phone, OLD),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const renewed = await stored();
    expect(renewed).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await logIn(user.phone, OLD).expect(201);
    expect(await stored()).toBe(renewed);
  });
});
