import { VerificationService } from '../src/verification/verification.service';
import { costOf } from './support/cost';
import { Journey, newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

/** Limits on, with room: a limit that is off would cost nothing. */
const ON = {
  ...WIDE,
  PHONE_HOURLY_LIMIT: '1000',
  PHONE_DAILY_LIMIT: '1000',
  CHECK_HOURLY_LIMIT: '1000',
  IP_HOURLY_LIMIT: '100000',
  SEGMENT_HOURLY_LIMIT: '100000',
  LIVE_VERIFICATIONS: '100',
  PASSWORD_HOURLY_LIMIT: '1000',
  THROTTLE_PER_MINUTE: '100000',
  CAPTCHA_MODE: 'risk',
};

describe('the cost of', () => {
  let app: RunningApp;
  let journey: Journey;

  beforeAll(async () => {
    app = await startApp(ON);
    journey = new Journey(app);
    // The first run of each script also loads it.
    const { phone, refreshToken } = await warmUp();
    await app.api.post('/v1/sessions').send({ grant: 'code', ...(await journey.proven(phone)) });
    await app.api.post('/v1/sessions/refresh').send({ refreshToken });
    // From here on the address is past the sends that pass without a captcha: keep risk from asking.
    await app.redis.client.del(...(await app.redis.client.keys(`${app.redis.prefix}*sends*`)));
  });
  afterAll(() => app.stop());

  const warmUp = () => journey.register();

  const within = (cost: { redis: string[]; sql: string[] }, redis: number, sql: number) => {
    expect({ redis: cost.redis.length <= redis, sql: cost.sql.length <= sql, cost }).toMatchObject({
      redis: true,
      sql: true,
    });
  };

  it('starting a verification is two round trips to Redis and one statement', async () => {
    const cost = await costOf(app, () => journey.start(newPhone()));
    within(cost, 2, 1);
    expect(cost.sql).toEqual(['sms.insert']);
  });

  it('starting many at once is fewer statements than verifications', async () => {
    const verifications = app.app.get(VerificationService, { strict: false });
    const caller = { addressSends: 0, locale: 'zh' } as const;
    const cost = await costOf(app, () =>
      Promise.all(
        Array.from({ length: 30 }, () =>
          verifications.start({ phone: newPhone(), purpose: 'login' }, caller),
        ),
      ),
    );
    expect(cost.redis).toHaveLength(30);
    expect(cost.sql.length).toBeLessThan(10);
  });

  it('checking a code is two round trips and at most three statements', async () => {
    const { verificationId, code } = await proven(newPhone());
    const cost = await costOf(app, () =>
      app.api.post(`/v1/verifications/${verificationId}/check`).send({ code }).expect(200),
    );
    within(cost, 2, 3);
  });

  it.each([
    ['an existing user', false],
    ['a new user', true],
  ])('logging %s in by code is two round trips and at most three statements', async (_, isNew) => {
    const phone = newPhone();
    if (!isNew) {
      await app.redis.client.del(...(await app.redis.client.keys(`${app.redis.prefix}*sends*`)));
      await journey.register(phone);
    }
    const proof = await proven(phone);
    const cost = await costOf(app, () =>
      app.api
        .post('/v1/sessions')
        .send({ grant: 'code', ...proof, createUser: isNew })
        .expect(201),
    );
    within(cost, 2, 3);
  });

  it('a wrong code is two round trips and no statement', async () => {
    const { verificationId, code } = await proven(newPhone());
    const wrong = code === '000000' ? '000001' : '000000';
    const cost = await costOf(app, () =>
      app.api.post(`/v1/verifications/${verificationId}/check`).send({ code: wrong }).expect(422),
    );
    within(cost, 2, 0);
  });

  it('reading the own profile is no round trip and one statement', async () => {
    const { accessToken } = await register();
    const cost = await costOf(app, () =>
      app.api.get('/v1/users/me').set('Authorization', `Bearer ${accessToken}`).expect(200),
    );
    within(cost, 0, 1);
  });

  it('refusing a bad token asks no store', async () => {
    const { accessToken } = await register();
    const cost = await costOf(app, () =>
      app.api
        .get('/v1/users/me')
        .set('Authorization', `Bearer ${accessToken.slice(0, -6)}AAAAAA`)
        .expect(401),
    );
    within(cost, 0, 0);
  });

  it('a refresh is one round trip and at most two statements, a repeated one too', async () => {
    const { refreshToken } = await register();
    const refresh = () => app.api.post('/v1/sessions/refresh').send({ refreshToken }).expect(200);
    within(await costOf(app, refresh), 1, 2);
    within(await costOf(app, refresh), 1, 2);
  });

  async function proven(phone: string) {
    await app.redis.client.del(...(await app.redis.client.keys(`${app.redis.prefix}*sends*`)));
    return journey.proven(phone);
  }

  async function register() {
    await app.redis.client.del(...(await app.redis.client.keys(`${app.redis.prefix}*sends*`)));
    return journey.register();
  }
});
