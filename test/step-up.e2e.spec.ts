import { Journey, newPhone, otherThan, type SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { Steps } from './support/steps';

describe('a step-up', () => {
  let app: RunningApp;
  let journey: Journey;

  beforeAll(async () => {
    app = await startApp(WIDE);
    journey = new Journey(app);
  });
  afterAll(() => app.stop());

  const password = 'correct horse';
  const as = ({ accessToken }: SignedIn) => ({ Authorization: `Bearer ${accessToken}` });
  const stepUp = (user: SignedIn, proof: object, on = app) =>
    on.api.post('/v1/step-ups').set(as(user)).send(proof);
  const codeFor = async (user: SignedIn, purpose = 'step_up') => {
    const verificationId = await journey.start(user.phone, purpose, user.accessToken);
    await journey.sent(verificationId);
    return { verificationId, code: await journey.code(user.phone) };
  };
  /** A call that needs one. */
  const sensitive = (user: SignedIn) =>
    app.api.put('/v1/users/me/password').set(as(user)).send({ newPassword: 'seven otters in a teapot' });

  it('by password lets sensitive calls of this session pass for five minutes', async () => {
    const user = await journey.register(newPhone(), { password });
    expect((await sensitive(user).expect(403)).body.code).toBe('STEP_UP_REQUIRED');
    const answer = await stepUp(user, { password }).expect(200);
    expect(Object.keys(answer.body as object)).toEqual(['expiresAt']);
    const inMs = Date.parse(answer.body.expiresAt as string) - Date.now();
    expect(inMs).toBeGreaterThan(290_000);
    expect(inMs).toBeLessThanOrEqual(301_000);
    expect(answer.headers['cache-control']).toBe('no-store');
    await sensitive(user).expect(204);
  });

  it('is over when its time is', async () => {
    const user = await journey.register(newPhone(), { password });
    await stepUp(user, { password }).expect(200);
    await app.dataSource.query(`UPDATE sessions SET elevated_until = now() WHERE id = $1`, [user.sessionId]);
    await sensitive(user).expect(403);
  });

  it('is bound to its session: another one of the same user has to make its own', async () => {
    const user = await journey.register(newPhone(), { password });
    const { body: other } = await app.api
      .post('/v1/sessions')
      .send({ grant: 'password', identifier: user.phone, password })
      .expect(201);
    await stepUp(user, { password }).expect(200);
    await sensitive({ ...user, accessToken: other.accessToken }).expect(403);
  });

  it.each(['step_up', 'delete_account'])('by a code of purpose %s works once', async (purpose) => {
    const user = await journey.register();
    const proof = await codeFor(user, purpose);
    await stepUp(user, proof).expect(200);
    expect((await stepUp(user, proof).expect(410)).body.code).toBe('VERIFICATION_USED');
    await sensitive(user).expect(204);
  });

  it('by one code on two instances at once is made once, also when Redis has forgotten that it was used', async () => {
    const user = await journey.register();
    const proof = await codeFor(user);
    const second = await startApp(WIDE, app.cluster);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => stepUp(user, proof, turn % 2 ? app : second)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(19).fill(410)]);
    const [record] = await app.redis.client.keys(`${app.redis.prefix}*verification:${proof.verificationId}`);
    await app.redis.client.hdel(record, 'consumed', 'consumer');
    expect((await stepUp(user, proof).expect(410)).body.code).toBe('VERIFICATION_USED');
    await second.stop();
  });

  it.each(['login', 'register', 'reset_password', 'change_phone'])(
    'is not made by a code of purpose %s, which stays good',
    async (purpose) => {
      const user = await journey.register();
      const proof = await codeFor(user, purpose);
      expect((await stepUp(user, proof).expect(422)).body.code).toBe('CODE_MISMATCH');
      await app.api
        .post(`/v1/verifications/${proof.verificationId}/check`)
        .send({ code: proof.code })
        .expect(200);
    },
  );

  it('is not made by a code that somebody else has asked for, and theirs stays good', async () => {
    const [owner, thief] = [await journey.register(), await journey.register()];
    const proof = await codeFor(owner);
    expect((await stepUp(thief, proof).expect(422)).body.code).toBe('CODE_MISMATCH');
    await stepUp(owner, proof).expect(200);
  });

  it('is not made by a code to a number that is not theirs any more, and the token stays good', async () => {
    const user = await journey.register(newPhone(), { password });
    const proof = await codeFor(user);
    const next = new Steps(app);
    const ticket = await next.ticket(newPhone(), 'change_phone', user);
    await next.put(await next.elevated(user), 'phone', { ticket }).expect(204);
    expect((await stepUp(user, proof).expect(422)).body.code).toBe('CODE_MISMATCH');
    await app.api.get('/v1/users/me').set(as(user)).expect(200);
  });

  it('is not made by a wrong code or password', async () => {
    const user = await journey.register(newPhone(), { password });
    const { verificationId, code } = await codeFor(user);
    expect((await stepUp(user, { verificationId, code: otherThan(code) }).expect(422)).body.code).toBe(
      'CODE_MISMATCH',
    );
    expect((await stepUp(user, { password: 'wrong horse' }).expect(401)).body.code).toBe('LOGIN_FAILED');
    const without = await journey.register();
    expect((await stepUp(without, { password }).expect(401)).body.code).toBe('LOGIN_FAILED');
    await sensitive(user).expect(403);
  });

  it('by password is limited like a log-in', async () => {
    const user = await journey.register(newPhone(), { password });
    const strict = await startApp({ ...WIDE, PASSWORD_HOURLY_LIMIT: '3' }, app.cluster);
    for (let turn = 0; turn < 3; turn += 1)
      await stepUp(user, { password: 'wrong horse' }, strict).expect(401);
    const refused = await stepUp(user, { password }, strict).expect(429);
    expect(refused.body.code).toBe('PASSWORD_HOURLY_LIMIT');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_590);
    await strict.stop();
  });

  it.each([
    [{}, '#/password', 'REQUIRED'],
    [{ code: '123456' }, '#/verificationId', 'REQUIRED'],
    [{ password: 5 }, '#/password', 'IS_STRING'],
    [
      { password, verificationId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10', code: '123456' },
      '#/password',
      'AMBIGUOUS_PROOF',
    ],
  ])('takes one proof: %j is refused', async (proof, pointer, code) => {
    const { body } = await stepUp(await journey.register(), proof).expect(422);
    expect(body.errors).toEqual([expect.objectContaining({ pointer, code })]);
  });

  it('needs a session that has not ended', async () => {
    const user = await journey.register(newPhone(), { password });
    await app.api.post('/v1/step-ups').send({ password }).expect(401);
    await app.api.delete('/v1/sessions/current').set(as(user)).expect(204);
    await stepUp(user, { password }).expect(401);
  });
});
