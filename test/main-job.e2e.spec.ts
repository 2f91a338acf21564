import { Journey, newPhone, otherThan } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

describe('the main job', () => {
  let app: RunningApp;
  let journey: Journey;

  beforeAll(async () => {
    app = await startApp(WIDE);
    journey = new Journey(app);
  });
  afterAll(() => app.stop());

  it('leads from a captcha over a code and an account to a profile, a refresh and a log-out', async () => {
    const phone = newPhone();
    const captcha = (await app.api.post('/v1/captchas').send({}).expect(201)).body;
    expect(captcha).toMatchObject({ kind: 'image', expiresIn: 180 });
    expect(captcha.image).toMatch(/^data:image\/png;base64,/);

    const started = await app.api.post('/v1/verifications').send({ phone, purpose: 'register' }).expect(202);
    expect(started.body).toEqual({
      verificationId: expect.any(String),
      status: 'queued',
      purpose: 'register',
      channel: 'sms',
      codeLength: 6,
      expiresAt: expect.stringMatching(/Z$/),
      resendAvailableAt: expect.stringMatching(/Z$/),
      attemptsRemaining: 5,
    });
    const { verificationId } = started.body;
    const code = await journey.code(phone);
    expect(code).toMatch(/^\d{6}$/);

    const wrong = await app.api
      .post(`/v1/verifications/${verificationId}/check`)
      .send({ code: otherThan(code) });
    expect(wrong.status).toBe(422);
    expect(wrong.body).toMatchObject({ code: 'CODE_MISMATCH', attemptsRemaining: 4 });

    const ticket = await app.api.post(`/v1/verifications/${verificationId}/check`).send({ code }).expect(200);
    expect(ticket.body).toEqual({
      ticket: expect.any(String),
      purpose: 'register',
      expiresAt: expect.any(String),
    });

    const account = {
      ticket: ticket.body.ticket,
      username: 'Li_Lei',
      password: 'correct horse',
      nickname: '李雷',
    };
    const registered = await app.api.post('/v1/users').send(account).expect(201);
    expect(registered.headers['cache-control']).toBe('no-store');
    expect(registered.body).toEqual({
      accessToken: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 600,
      refreshToken: expect.any(String),
      refreshExpiresIn: 2_592_000,
      sessionId: expect.any(String),
      user: {
        id: expect.any(String),
        phone: `139****${phone.slice(-4)}`,
        username: 'Li_Lei',
        nickname: '李雷',
        email: null,
        avatarUrl: null,
        roles: ['user'],
        createdAt: expect.stringMatching(/Z$/),
      },
    });

    const bearer = { Authorization: `Bearer ${registered.body.accessToken}` };
    const me = await app.api.get('/v1/users/me').set(bearer).expect(200);
    expect(me.body).toEqual({ ...registered.body.user, phone });
    const changed = await app.api.patch('/v1/users/me').set(bearer).send({ nickname: 'Lei' }).expect(200);
    expect(changed.body.nickname).toBe('Lei');

    const { refreshToken } = registered.body;
    const refreshed = await app.api.post('/v1/sessions/refresh').send({ refreshToken }).expect(200);
    expect(refreshed.body.sessionId).toBe(registered.body.sessionId);
    expect(refreshed.body.refreshToken).not.toBe(refreshToken);

    const newBearer = { Authorization: `Bearer ${refreshed.body.accessToken}` };
    await app.api.delete('/v1/sessions/current').set(newBearer).expect(204);
    await app.api.get('/v1/users/me').set(newBearer).expect(401);
    await app.api
      .post('/v1/sessions/refresh')
      .send({ refreshToken: refreshed.body.refreshToken })
      .expect(401);
  });

  it('logs in by code, and by password under each identifier', async () => {
    const { phone, userId } = await journey.register(newPhone(), {
      username: 'han.meimei',
      password: 'staple battery',
    });
    await app.dataSource.query(
      `UPDATE users SET email = 'H@Example.com', email_key = 'h@example.com' WHERE id = $1`,
      [userId],
    );

    const byCode = await app.api
      .post('/v1/sessions')
      .send({ grant: 'code', ...(await journey.proven(phone)) });
    expect(byCode.status).toBe(201);
    expect(byCode.body.user.id).toBe(userId);

    for (const identifier of ['Han.Meimei', phone, phone.slice(3), 'h@example.COM']) {
      const answer = await app.api
        .post('/v1/sessions')
        .send({ grant: 'password', identifier, password: 'staple battery' });
      expect([answer.status, answer.body.user?.id]).toEqual([201, userId]);
    }
  });

  it('makes an account on the first log-in by code only where that is asked for', async () => {
    const phone = newPhone();
    const spent = await journey.proven(phone);
    const unknown = await app.api
      .post('/v1/sessions')
      .send({ grant: 'code', ...spent })
      .expect(422);
    expect(unknown.body.code).toBe('ACCOUNT_NOT_FOUND');
    await app.api
      .post('/v1/sessions')
      .send({ grant: 'code', ...spent, createUser: true })
      .expect(410);

    const proof = await journey.proven(phone);
    const created = await app.api
      .post('/v1/sessions')
      .send({ grant: 'code', ...proof, createUser: true })
      .expect(201);
    const again = await journey.proven(phone);
    const found = await app.api
      .post('/v1/sessions')
      .send({ grant: 'code', ...again, createUser: true })
      .expect(201);
    expect(found.body.user.id).toBe(created.body.user.id);
  });

  it('keeps a proof good when the user name is taken, and spends it when the number is', async () => {
    await journey.register(newPhone(), { username: 'taken_name' });
    const proof = await journey.proven(newPhone(), 'register');
    const refused = await app.api
      .post('/v1/users')
      .send({ ...proof, username: 'TAKEN_name' })
      .expect(409);
    expect(refused.body.code).toBe('USERNAME_TAKEN');
    const { body } = await app.api
      .post('/v1/users')
      .send({ ...proof, username: 'free_name' })
      .expect(201);

    const phone = (await app.api.get('/v1/users/me').set('Authorization', `Bearer ${body.accessToken}`)).body
      .phone;
    const second = await journey.proven(phone, 'register');
    const taken = await app.api.post('/v1/users').send(second).expect(409);
    expect(taken.body.code).toBe('PHONE_TAKEN');
    await app.api.post('/v1/users').send(second).expect(410);
  });

  it('shows, ends and keeps apart the sessions of a user', async () => {
    const first = await journey.register();
    const proof = await journey.proven(first.phone);
    const second = (
      await app.api
        .post('/v1/sessions')
        .set('User-Agent', 'second')
        .send({ grant: 'code', ...proof })
    ).body;
    const stranger = await journey.register();
    const bearer = { Authorization: `Bearer ${second.accessToken}` };

    const { items } = (await app.api.get('/v1/sessions').set(bearer).expect(200)).body;
    expect(items).toHaveLength(2);
    expect(items[0]).toEqual({
      id: second.sessionId,
      current: true,
      device: 'second',
      ip: '127.0.0.0/24',
      createdAt: expect.any(String),
      lastUsedAt: expect.any(String),
    });

    await app.api.delete(`/v1/sessions/${stranger.sessionId}`).set(bearer).expect(404);
    await app.api.delete('/v1/sessions/not-an-id').set(bearer).expect(404);
    await app.api.get('/v1/users/me').set('Authorization', `Bearer ${stranger.accessToken}`).expect(200);

    await app.api.delete('/v1/sessions').set(bearer).expect(204);
    await app.api.get('/v1/users/me').set('Authorization', `Bearer ${first.accessToken}`).expect(401);
    await app.api.get('/v1/users/me').set(bearer).expect(200);
    await app.api.delete(`/v1/sessions/${second.sessionId}`).set(bearer).expect(204);
    await app.api.get('/v1/users/me').set(bearer).expect(401);
  });

  it.each([
    ['zh', undefined],
    ['zh', '*'],
    ['zh', 'fr'],
    ['zh', 'zh-CN,zh;q=0.9,en;q=0.8'],
    ['en', 'en-GB,en;q=0.9'],
  ])('writes the message in %s for Accept-Language %s', async (locale, language) => {
    const call = app.api.post('/v1/verifications').send({ phone: newPhone(), purpose: 'login' });
    if (language) void call.set('Accept-Language', language);
    const { verificationId } = (await call.expect(202)).body;
    const [row] = await app.dataSource.query('SELECT locale FROM sms_messages WHERE reference = $1', [
      verificationId,
    ]);
    expect(row.locale).toBe(locale);
  });

  it('cancels a verification', async () => {
    const { verificationId, code } = await journey.proven(newPhone());
    await app.api.delete(`/v1/verifications/${verificationId}`).expect(204);
    await app.api.get(`/v1/verifications/${verificationId}`).expect(404);
    const late = await app.api.post(`/v1/verifications/${verificationId}/check`).send({ code }).expect(410);
    expect(late.body.code).toBe('VERIFICATION_UNKNOWN');
    await app.api.delete(`/v1/verifications/${verificationId}`).expect(404);

    const used = await journey.proven(newPhone());
    await app.api
      .post(`/v1/verifications/${used.verificationId}/check`)
      .send({ code: used.code })
      .expect(200);
    await app.api.delete(`/v1/verifications/${used.verificationId}`).expect(404);
    await app.api.get(`/v1/verifications/${used.verificationId}`).expect(200);
  });

  it('publishes the keys that verify its tokens, and only their public members', async () => {
    const { body, headers } = await app.api.get('/.well-known/jwks.json').expect(200);
    expect(headers['content-type']).toMatch(/^application\/jwk-set\+json/);
    expect(headers['cache-control']).toBe('public, max-age=300');
    expect(Object.keys(body.keys[0]).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });
});
