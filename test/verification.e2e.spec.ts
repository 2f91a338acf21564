import { dumpOfDatabase, dumpOfRedis } from './support/dumps';
import { Journey, newPhone, otherThan } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

describe('a code', () => {
  let app: RunningApp;
  let other: RunningApp;
  let journey: Journey;

  beforeAll(async () => {
    app = await startApp(WIDE);
    other = await startApp(WIDE, app.cluster);
    journey = new Journey(app);
  });
  afterAll(async () => {
    await other.stop();
    await app.stop();
  });

  const check = (id: string, code: unknown, instance = app) =>
    instance.api.post(`/v1/verifications/${id}/check`).send({ code: code as string });

  it('is checked exactly once: of 50 parallel right checks on two instances one wins', async () => {
    const { verificationId, code } = await journey.proven(newPhone());
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, turn) => check(verificationId, code, turn % 2 ? app : other)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const losers = answers.filter(({ status }) => status !== 200);
    expect(new Set(losers.map(({ body }) => body.code))).toEqual(new Set(['VERIFICATION_USED']));
    await check(verificationId, code).expect(410);
  });

  it('evaluates no more guesses than allowed, however parallel, and then not even the right one', async () => {
    const { verificationId, code } = await journey.proven(newPhone());
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, step) =>
        check(verificationId, otherThan(code, step + 1), step % 2 ? app : other),
      ),
    );
    const evaluated = answers.filter(({ status }) => status === 422);
    expect(evaluated.map(({ body }) => body.attemptsRemaining).sort()).toEqual([0, 1, 2, 3, 4]);
    expect(answers.filter(({ body }) => body.code === 'VERIFICATION_EXHAUSTED')).toHaveLength(195);
    const late = await check(verificationId, code).expect(410);
    expect(late.body.code).toBe('VERIFICATION_EXHAUSTED');
    const { body } = await app.api.get(`/v1/verifications/${verificationId}`).expect(200);
    expect(body).toMatchObject({ status: 'exhausted', attemptsRemaining: 0 });
  });

  it('counts the right code as an attempt too', async () => {
    const { verificationId, code } = await journey.proven(newPhone());
    for (let step = 1; step < 5; step += 1) await check(verificationId, otherThan(code, step)).expect(422);
    await check(verificationId, code).expect(200);
  });

  it('expires at its time, though the record is still there', async () => {
    const { verificationId, code } = await journey.proven(newPhone());
    const [key] = await app.redis.client.keys(`${app.redis.prefix}*verification:${verificationId}`);
    const expires = Number(await app.redis.client.hget(key, 'expires'));
    await app.redis.client.hset(key, 'expires', Date.now() + 1_000);
    await check(verificationId, otherThan(code)).expect(422);
    await app.redis.client.hset(key, 'expires', Date.now() - 1);
    const late = await check(verificationId, code).expect(410);
    expect(late.body.code).toBe('VERIFICATION_EXPIRED');
    const { body } = await app.api.get(`/v1/verifications/${verificationId}`).expect(200);
    expect(body.status).toBe('expired');
    await app.redis.client.hset(key, 'expires', expires);
    await check(verificationId, code).expect(200);
  });

  it.each(['login', 'reset_password'])('of purpose %s serves no other, and stays usable', async (purpose) => {
    const phone = newPhone();
    await journey.register(phone);
    const { verificationId, code } = await journey.proven(phone, purpose);
    const misused = await app.api.post('/v1/users').send({ verificationId, code }).expect(422);
    expect(misused.body).toMatchObject({ code: 'CODE_MISMATCH', attemptsRemaining: 5 });
    const { body } = await check(verificationId, code).expect(200);
    await app.api.post('/v1/users').send({ ticket: body.ticket }).expect(410);
  });

  it('is repeated by a resend: same digits, same expiry, same attempts', async () => {
    const phone = newPhone();
    const started = (await app.api.post('/v1/verifications').send({ phone, purpose: 'login' })).body;
    const first = await journey.code(phone);
    await check(started.verificationId, otherThan(first)).expect(422);
    await check(started.verificationId, otherThan(first, 2)).expect(422);
    await check(started.verificationId, otherThan(first, 3)).expect(422);

    const resent = await app.api
      .post(`/v1/verifications/${started.verificationId}/resend`)
      .send({})
      .expect(202);
    expect(resent.body).toMatchObject({
      expiresAt: started.expiresAt,
      attemptsRemaining: 2,
      purpose: 'login',
    });
    const { items } = (await app.api.get('/dev/messages').query({ to: phone })).body;
    expect(new Set(items.map((item: { code: string }) => item.code))).toEqual(new Set([first]));

    await check(started.verificationId, otherThan(first, 4)).expect(422);
    const last = await check(started.verificationId, otherThan(first, 5)).expect(422);
    expect(last.body.attemptsRemaining).toBe(0);
    await check(started.verificationId, first).expect(410);
  });

  it.each([[''], ['12345'], ['abcdef'], ['１２３４５６'], [123456], [null], [{ $gt: '' }], ['1234567']])(
    'that is malformed (%j) is refused and spends no attempt',
    async (malformed) => {
      const verificationId = await journey.start(newPhone());
      const refused = await check(verificationId, malformed).expect(422);
      expect(refused.body.code).toBe('VALIDATION_FAILED');
      const { body } = await app.api.get(`/v1/verifications/${verificationId}`);
      expect(body.attemptsRemaining).toBe(5);
    },
  );

  it.each(['unknown', '00000000-0000-7000-8000-000000000000', '..%2f..%2fetc', '{abc}'])(
    'of the verification %j is gone',
    async (id) => {
      await check(id, '123456').expect(410);
      await app.api.post(`/v1/verifications/${id}/resend`).send({}).expect(410);
      await app.api.get(`/v1/verifications/${id}`).expect(404);
    },
  );

  it('is not in any store: neither readable nor as a digest that a search would find', async () => {
    const phone = newPhone();
    const { code } = await journey.proven(phone);
    const everything = [await dumpOfDatabase(app), await dumpOfRedis(app)].join('\n');
    expect(everything).not.toContain(phone.slice(1));
    expect(everything).not.toContain(phone.slice(3));
    // Digits of ids and times may spell the code by chance, so only whole values count.
    expect(everything.split(/[^0-9a-zA-Z]+/)).not.toContain(code);
  });

  it('of one caller is not touched by what others start for the same number', async () => {
    const phone = newPhone();
    const victim = await journey.proven(phone);
    for (let turn = 0; turn < 4; turn += 1) await journey.start(phone, turn % 2 ? 'login' : 'register');
    await check(victim.verificationId, victim.code).expect(200);
  });

  it('that was spent stays spent when Redis forgets', async () => {
    const phone = newPhone();
    await journey.register(phone);
    const { verificationId, code } = await journey.proven(phone);
    await app.api.post('/v1/sessions').send({ grant: 'code', verificationId, code }).expect(201);
    const [key] = await app.redis.client.keys(`${app.redis.prefix}*verification:${verificationId}`);
    await app.redis.client.hdel(key, 'consumed');
    const replay = await app.api
      .post('/v1/sessions')
      .send({ grant: 'code', verificationId, code })
      .expect(410);
    expect(replay.body.code).toBe('VERIFICATION_USED');
  });

  it('buys one ticket for one use: of 20 parallel registrations with it one wins', async () => {
    const { verificationId, code } = await journey.proven(newPhone(), 'register');
    const { body } = await check(verificationId, code).expect(200);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, turn) =>
        (turn % 2 ? app : other).api.post('/v1/users').send({ ticket: body.ticket }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410 || status === 409)).toHaveLength(19);
  });
});
