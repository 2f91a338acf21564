import { CodeChecks } from '../src/verification/code-checks';
import { REGISTER_BY_CODE } from '../src/auth/registration/register-statements';
import { RegistrationStore } from '../src/auth/registration/registration-store';
import { Problem } from '../src/common/problem';
import { VerificationStore } from '../src/verification/verification-store';
import { costOf } from './support/cost';
import { dumpOfRedis } from './support/dumps';
import { Journey, newPhone, otherThan } from './support/journey';
import { newName, PASSWORD, Registering } from './support/registrations';
import { type RunningApp, startApp, WIDE } from './support/start-app';

describe('a registration in steps', () => {
  let app: RunningApp;
  let other: RunningApp;

  beforeAll(async () => {
    app = await startApp(WIDE);
    other = await startApp(WIDE, app.cluster);
  });
  afterAll(async () => {
    await other.stop();
    await app.stop();
  });
  afterEach(() => jest.restoreAllMocks());

  const keysOf = async (pattern: string): Promise<string[]> =>
    app.redis.client.keys(`${app.redis.prefix}*${pattern}*`);
  const usersWith = async (registrationId: string): Promise<number> =>
    Number(
      (
        await app.dataSource.query('SELECT count(*) FROM users WHERE registration_id = $1', [registrationId])
      )[0].count,
    );
  const step = (name: string, done: boolean) => ({ name, required: true, done });

  it('goes from the phone over password and profile to an account that is signed in', async () => {
    const phone = newPhone();
    const started = await app.api.post('/v1/registrations').send({ phone }).expect(202);
    expect(started.headers['cache-control']).toBe('no-store');
    expect(started.body).toEqual({
      registrationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      registrationToken: expect.stringMatching(/^gcg_[\w-]{43}$/),
      verificationId: started.body.registrationId,
      steps: [step('phone', false), step('password', false), step('profile', false)],
      expiresAt: expect.any(String),
    });
    const code = await new Journey(app).code(phone);
    const { registrationId: id, registrationToken: token } = started.body;
    const put = (name: string, body: object) =>
      app.api.put(`/v1/registrations/${id}/${name}`).set('Authorization', `Bearer ${token}`).send(body);

    const first = await put('phone', { code }).expect(200);
    expect(first.body).toMatchObject({
      registrationId: id,
      steps: [step('phone', true), step('password', false), step('profile', false)],
      missing: ['password', 'profile'],
    });
    const wait = Date.parse(first.body.expiresAt) - Date.now();
    expect(wait).toBeGreaterThan(1_790_000);
    expect(wait).toBeLessThanOrEqual(1_800_000);
    expect((await put('password', { password: PASSWORD }).expect(200)).body.missing).toEqual(['profile']);
    const username = newName();
    const profile = { nickname: '李雷', username, email: `${username}@example.com` };
    expect((await put('profile', profile).expect(200)).body.missing).toEqual([]);

    const { body } = await app.api
      .post(`/v1/registrations/${id}/complete`)
      .set('Authorization', `Bearer ${token}`)
      .set('User-Agent', 'the browser')
      .send({ policyVersion: '1' })
      .expect(201);
    expect(body).toMatchObject({ tokenType: 'Bearer', user: profile });
    expect(body.user.phone).toBe(`${phone.slice(3, 6)}****${phone.slice(-4)}`);
    const me = await app.api
      .get('/v1/users/me')
      .set('Authorization', `Bearer ${body.accessToken}`)
      .expect(200);
    expect(me.body).toMatchObject({ id: body.user.id, phone, ...profile });
    for (const identifier of [username.toUpperCase(), phone, profile.email]) {
      const grant = { grant: 'password', identifier, password: PASSWORD };
      await app.api.post('/v1/sessions').send(grant).expect(201);
    }
    const consents = await app.dataSource.query('SELECT * FROM consents WHERE user_id = $1', [body.user.id]);
    expect(consents).toMatchObject([{ policy_version: '1', ip_prefix: '127.0.0.0/24' }]);
    expect(Date.now() - consents[0].given_at.getTime()).toBeLessThan(10_000);
    const spent = 'SELECT purpose FROM spent_verifications WHERE verification_id = $1';
    expect(await app.dataSource.query(spent, [id])).toEqual([{ purpose: 'register' }]);
  });

  it('costs a start what a start of a verification costs', async () => {
    await Registering.start(app);
    const cost = await costOf(app, () => Registering.start(app));
    expect(cost).toMatchObject({ sql: ['sms.insert'] });
    expect(cost.redis.length).toBeLessThanOrEqual(2);
  });

  it('can be resumed by whoever kept its token, on another instance too', async () => {
    const registering = await Registering.proven(app);
    await registering.put('password', { password: PASSWORD }).expect(200);
    const resumed = await registering.get().expect(200);
    expect(resumed.body.steps.filter(({ done }: { done: boolean }) => done)).toHaveLength(2);
    expect(resumed.body.missing).toEqual(['profile']);
    await registering.put('profile', { nickname: 'Han Meimei' }, other).expect(200);
    await registering.complete({}, other).expect(201);
  });

  it('shows before the code is presented that everything is missing', async () => {
    const registering = await Registering.start(app);
    const { body } = await registering.get().expect(200);
    expect(body.missing).toEqual(['phone', 'password', 'profile']);
  });

  it.each<[string, (of: Registering) => PromiseLike<{ status: number; body: unknown }>, boolean, string[]]>([
    ['a password before the code', (of) => of.put('password', { password: PASSWORD }), false, ['phone']],
    ['a profile before the code', (of) => of.put('profile', { nickname: 'L' }), false, ['phone', 'password']],
    ['a profile before the password', (of) => of.put('profile', { nickname: 'L' }), true, ['password']],
    ['the end before the code', (of) => of.complete(), false, ['phone', 'password', 'profile']],
    ['the end before the password', (of) => of.complete(), true, ['password', 'profile']],
  ])('tells of %s what is missing', async (_, call, isProven, missing) => {
    const registering = await (isProven ? Registering.proven(app) : Registering.start(app));
    const { status, body } = await call(registering);
    expect([status, body]).toMatchObject([409, { code: 'REGISTRATION_STEP_MISSING', missing }]);
  });

  it('takes a password and a profile again until the end, in place of the ones before', async () => {
    const registering = await Registering.ready(app, undefined, { username: newName() });
    const username = newName();
    await registering.put('password', { password: 'eleven badgers at tea' }).expect(200);
    await registering.put('profile', { nickname: 'Second', username }).expect(200);
    const { body } = await registering.complete().expect(201);
    expect(body.user).toMatchObject({ nickname: 'Second', username, email: null });
    const logIn = (password: string) =>
      app.api.post('/v1/sessions').send({ grant: 'password', identifier: username, password });
    await logIn('eleven badgers at tea').expect(201);
    await logIn(PASSWORD).expect(401);
  });

  it('spends the code once, and then asks for none: the step can be repeated for nothing', async () => {
    const registering = await Registering.start(app);
    const { code, registrationId } = registering;
    const wrong = await registering.put('phone', { code: otherThan(code) }).expect(422);
    expect(wrong.body).toMatchObject({ code: 'CODE_MISMATCH', attemptsRemaining: 4 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, turn) => registering.put('phone', { code }, turn % 2 ? app : other)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    await registering.put('phone', { code: otherThan(code) }).expect(200);
    const { body } = await app.api.get(`/v1/verifications/${registrationId}`).expect(200);
    expect(body).toMatchObject({ status: 'verified', attemptsRemaining: 3 });
  });

  it('evaluates no more guesses than allowed, however parallel, and then not even the right one', async () => {
    const registering = await Registering.start(app);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, turn) =>
        registering.put('phone', { code: otherThan(registering.code, turn + 1) }, turn % 2 ? app : other),
      ),
    );
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(5);
    expect(answers.filter(({ body }) => body.code === 'VERIFICATION_EXHAUSTED')).toHaveLength(45);
    await registering.put('phone', { code: registering.code }).expect(410);
    expect((await registering.get().expect(410)).body.code).toBe('REGISTRATION_EXPIRED');
  });

  it('ends with its code, when that was spent elsewhere, cancelled, or has expired', async () => {
    const spent = await Registering.start(app);
    const { registrationId: verificationId, code } = spent;
    await app.api.post(`/v1/verifications/${verificationId}/check`).send({ code }).expect(200);
    expect((await spent.put('phone', { code }).expect(410)).body.code).toBe('VERIFICATION_USED');

    const cancelled = await Registering.start(app);
    await app.api.delete(`/v1/verifications/${cancelled.registrationId}`).expect(204);
    const refused = await cancelled.put('phone', { code: cancelled.code }).expect(410);
    expect(refused.body.code).toBe('REGISTRATION_EXPIRED');

    const late = await Registering.start(app);
    const [key] = await keysOf(`verification:${late.registrationId}`);
    await app.redis.client.hset(key, 'expires', Date.now() - 1);
    expect((await late.put('phone', { code: late.code }).expect(410)).body.code).toBe('VERIFICATION_EXPIRED');
    for (const over of [spent, cancelled, late]) {
      await over.get().expect(410);
      await over.put('password', { password: PASSWORD }).expect(410);
      await over.complete().expect(410);
    }
  });

  it('ends when nothing happens for its time, and each step prolongs it, but not for ever', async () => {
    const registering = await Registering.proven(app);
    const [key] = await keysOf(`registration:${registering.registrationId}`);
    await app.redis.client.pexpire(key, 5_000);
    const { body } = await registering.put('password', { password: PASSWORD }).expect(200);
    expect(Date.parse(body.expiresAt) - Date.now()).toBeGreaterThan(1_790_000);
    // A day after its start there is nothing to prolong.
    const latest = Number(await app.redis.client.hget(key, 'latest'));
    expect(latest - Date.now()).toBeGreaterThan(23.5 * 3_600_000);
    expect(latest - Date.now()).toBeLessThan(24 * 3_600_000);
    await app.redis.client.hset(key, 'latest', Date.now() + 20_000);
    const last = await registering.put('profile', { nickname: 'Li Lei' }).expect(200);
    expect(Date.parse(last.body.expiresAt) - Date.now()).toBeLessThanOrEqual(20_000);

    await app.redis.client.del(key);
    for (const call of [
      registering.get(),
      registering.complete(),
      registering.put('profile', { nickname: 'L' }),
    ])
      expect((await call.expect(410)).body.code).toBe('REGISTRATION_EXPIRED');
  });

  it('is open to the holder of its token only, whatever else is known of it', async () => {
    const victim = await Registering.proven(app);
    const attacker = await Registering.start(app, victim.phone);
    const path = `/v1/registrations/${victim.registrationId}`;
    const asks: [string, () => PromiseLike<{ status: number; body: { code?: string } }>][] = [
      ['nothing', () => app.api.put(`${path}/password`).send({ password: PASSWORD })],
      ...[
        attacker.registrationToken,
        victim.registrationToken.slice(0, -1),
        'x',
        attacker.registrationId,
      ].flatMap((token): typeof asks =>
        (['password', 'profile', 'phone'] as const).map((name) => [
          token,
          () => app.api.put(`${path}/${name}`).set('Authorization', `Bearer ${token}`).send({}),
        ]),
      ),
    ];
    for (const [token, ask] of asks) {
      const { status, body } = await ask();
      expect([status, body.code]).toEqual([401, token === 'nothing' ? 'UNAUTHENTICATED' : 'TOKEN_INVALID']);
    }
    for (const id of [victim.registrationId, '..%2f', 'unknown', '{x}'])
      await app.api.get(`/v1/registrations/${id}`).set('Authorization', 'Bearer nonsense').expect(401);
    await app.api.get('/v1/users/me').set('Authorization', `Bearer ${victim.registrationToken}`).expect(401);
    expect((await victim.get().expect(200)).body.missing).toEqual(['password', 'profile']);
  });

  it('refuses a wrong token without asking a store', async () => {
    const { registrationId } = await Registering.start(app);
    const cost = await costOf(app, () =>
      app.api.get(`/v1/registrations/${registrationId}`).set('Authorization', 'Bearer gcg_x').expect(401),
    );
    expect(cost).toEqual({ redis: [], sql: [] });
  });

  it('leaves nothing readable in Redis, and nothing at all once it is complete', async () => {
    const username = newName();
    const nickname = 'Zhongguancun';
    const email = `${username}@post.example`;
    const registering = await Registering.ready(app, undefined, { username, nickname, email });
    const dump = await dumpOfRedis(app);
    expect(dump).toContain(registering.registrationId);
    const { phone, code, registrationToken } = registering;
    for (const secret of [
      phone,
      phone.slice(3),
      username,
      nickname,
      email,
      PASSWORD,
      'argon2',
      registrationToken,
    ])
      expect(dump).not.toContain(secret);
    expect(dump.split(/[^0-9a-zA-Z]+/)).not.toContain(code);

    await registering.complete().expect(201);
    expect(await keysOf(`registration:${registering.registrationId}`)).toEqual([]);
    for (const call of [registering.get(), registering.put('password', { password: PASSWORD })])
      expect((await call.expect(410)).body.code).toBe('REGISTRATION_EXPIRED');
    expect((await registering.put('phone', { code }).expect(410)).body.code).toBe('VERIFICATION_USED');
    expect(await keysOf(`registration:${registering.registrationId}`)).toEqual([]);
  });

  it('is completed once: of 20 parallel completions one signs in, the others are told of the account', async () => {
    const registering = await Registering.ready(app);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => registering.complete({}, turn % 2 ? app : other)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(19).fill(200), 201]);
    const [{ body: made }] = answers.filter(({ status }) => status === 201);
    for (const { body } of answers.filter(({ status }) => status === 200))
      expect(body).toEqual({ user: made.user });
    expect((await registering.complete().expect(200)).body).toEqual({ user: made.user });
    expect(await usersWith(registering.registrationId)).toBe(1);
    const sessions = 'SELECT count(*) FROM sessions WHERE user_id = $1';
    expect(await app.dataSource.query(sessions, [made.user.id])).toEqual([{ count: '1' }]);
  });

  it('is told again when it was completed, but what was kept could not be forgotten', async () => {
    const registering = await Registering.ready(app);
    const forget = jest.spyOn(app.app.get(RegistrationStore, { strict: false }), 'forget');
    forget.mockRejectedValueOnce(new Error('the store is gone'));
    const { body } = await registering.complete().expect(201);
    const kept = `registration:${registering.registrationId}`;
    expect(await keysOf(kept)).toHaveLength(1);
    expect((await registering.complete().expect(200)).body).toEqual({ user: body.user });
    expect(await keysOf(kept)).toEqual([]);
  });

  it('goes on when the answer to the code was lost', async () => {
    const registering = await Registering.start(app);
    const store = app.app.get(VerificationStore, { strict: false });
    const keep = store.checkAndKeep.bind(store);
    jest.spyOn(store, 'checkAndKeep').mockImplementationOnce(async (...args) => {
      await keep(...args);
      throw new Problem('STORE_UNAVAILABLE');
    });
    const { code, registrationId } = registering;
    await registering.put('phone', { code }).expect(503);
    await registering.put('phone', { code }).expect(200);
    const { body } = await app.api.get(`/v1/verifications/${registrationId}`).expect(200);
    expect(body.attemptsRemaining).toBe(4);
  });

  it('goes on when the account could not be written', async () => {
    const registering = await Registering.ready(app);
    const down = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    jest.spyOn(REGISTER_BY_CODE, 'run').mockRejectedValueOnce(down);
    await registering.complete().expect(503);
    expect((await registering.get().expect(200)).body.missing).toEqual([]);
    await registering.complete().expect(201);
  });

  it('begins the same for a number that has an account and for one that has none', async () => {
    const { phone: known } = await new Journey(app).register();
    const start = async (phone: string) => {
      const { status, body, headers } = await app.api.post('/v1/registrations').send({ phone });
      const { steps, ...rest } = body as Record<string, unknown>;
      const varying = ['date', 'x-request-id'];
      const names = Object.keys(headers as object).filter((name) => !varying.includes(name));
      return { status, steps, members: Object.keys(rest), names: names.sort() };
    };
    expect(await start(known)).toEqual(await start(newPhone()));
  });

  describe('when Redis forgets', () => {
    it('everything, the code is not spent again', async () => {
      const registering = await Registering.ready(app);
      await app.redis.client.del(...(await keysOf(':')));
      const { registrationId: verificationId, code } = registering;
      await app.api.post('/v1/users').send({ verificationId, code }).expect(410);
      await registering.put('phone', { code }).expect(410);
      await registering.complete().expect(410);
    });

    it('that the code was spent, it buys one account all the same', async () => {
      const registering = await Registering.ready(app);
      const { registrationId: verificationId, code } = registering;
      const [record] = await keysOf(`verification:${verificationId}`);
      await app.redis.client.hdel(record, 'consumed', 'consumer');
      await app.api.post('/v1/users').send({ verificationId, code }).expect(201);
      expect((await registering.complete().expect(410)).body.code).toBe('VERIFICATION_USED');
      expect(await usersWith(verificationId)).toBe(0);

      const second = await Registering.ready(app);
      await second.complete().expect(201);
      const [again] = await keysOf(`verification:${second.registrationId}`);
      await app.redis.client.hdel(again, 'consumed', 'consumer');
      const proof = { verificationId: second.registrationId, code: second.code };
      expect((await app.api.post('/v1/users').send(proof).expect(410)).body.code).toBe('VERIFICATION_USED');
    });
  });

  it('tells listeners of a code that was judged, and not of one that was not', async () => {
    const checks = app.app.get(CodeChecks, { strict: false });
    const told = jest.spyOn((checks as unknown as { events: { emit: () => void } }).events, 'emit');
    const registering = await Registering.proven(app);
    await registering.put('phone', { code: registering.code }).expect(200);
    const results = (told.mock.calls as unknown as [string, { verificationId: string; result: string }][])
      .filter(
        ([name, data]) =>
          name === 'verification.checked' && data.verificationId === registering.registrationId,
      )
      .map(([, { result }]) => result);
    expect(results).toEqual(['matched']);
  });
});
