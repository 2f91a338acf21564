import type { Response } from 'supertest';
import { PasswordHasher } from '../src/auth/passwords/password-hasher';
import { Problem } from '../src/common/problem';
import { costOf } from './support/cost';
import { Journey, newPhone, type SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const RIGHT = 'correct horse';
const WRONG = 'wrong horse';
/** As installed, but for the captcha: with it on, the third failure would hide what comes after. */
const LIMITED = { ...WIDE, PASSWORD_HOURLY_LIMIT: '10', TRUSTED_PROXIES: '1' };
const HOME = '203.0.113.7';
const ELSEWHERE = '198.51.100.9';

describe('a log-in', () => {
  let app: RunningApp;
  let journey: Journey;

  beforeAll(async () => {
    app = await startApp(LIMITED);
    journey = new Journey(app);
  });
  afterAll(() => app.stop());

  const logIn = (identifier: string, password: string, { from = HOME, on = app, captcha = {} } = {}) =>
    on.api
      .post('/v1/sessions')
      .set('X-Forwarded-For', from)
      .send({ grant: 'password', identifier, password, ...captcha });
  const toldOf = ({ status, body, headers }: Response) =>
    [status, body.code, headers['retry-after']].filter((each) => each !== undefined);
  const triesOf = async () => {
    const keys = await app.redis.client.keys(`${app.redis.prefix}password:*`);
    return keys.filter((key) => !key.endsWith(':networks'));
  };
  /** Lets time go by for everything that was counted. */
  const pass = async (ms: number) => {
    for (const key of await triesOf()) {
      const flat = await app.redis.client.zrange(key, 0, -1, 'WITHSCORES');
      for (let i = 0; i < flat.length; i += 2)
        await app.redis.client.zadd(key, Number(flat[i + 1]) - ms, flat[i]);
    }
  };
  const fail = async (identifier: string, times: number, { from = HOME, on = app } = {}) => {
    for (let turn = 0; turn < times; turn += 1) {
      await logIn(identifier, WRONG, { from, on }).expect(401);
      await pass(60_000);
    }
  };
  const counted = async () => {
    const counts = await Promise.all((await triesOf()).map((key) => app.redis.client.zcard(key)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  afterEach(async () => {
    const keys = await app.redis.client.keys(`${app.redis.prefix}password:*`);
    if (keys.length > 0) await app.redis.client.del(...keys);
  });

  describe('by a wrong password', () => {
    it.each([
      ['an account', () => journey.register(newPhone(), { password: RIGHT }).then(({ phone }) => phone)],
      ['an account without a password', () => journey.register().then(({ phone }) => phone)],
      ['nobody', () => Promise.resolve(newPhone())],
    ])('is slowed down step by step for %s, and at last a code is asked for', async (_, identifierOf) => {
      const identifier = await identifierOf();
      for (let turn = 0; turn < 5; turn += 1) await logIn(identifier, WRONG).expect(401);
      for (const wait of [1, 2, 4, 8, 16]) {
        expect(toldOf(await logIn(identifier, RIGHT))).toEqual([429, 'LOGIN_DELAYED', String(wait)]);
        await pass(wait * 1_000);
        expect(toldOf(await logIn(identifier, WRONG))).toEqual([401, 'LOGIN_FAILED']);
      }
      await pass(60_000);
      const shut = await logIn(identifier, RIGHT).set('Accept-Language', 'en').expect(429);
      expect(shut.body.code).toBe('PASSWORD_HOURLY_LIMIT');
      expect(shut.body.detail).toMatch(/^Log in with a code: that is possible at once\./);
      const wait = Number(shut.headers['retry-after']);
      expect(wait).toBeGreaterThan(3_600 - 60 - 31 - 30);
      await pass(wait * 1_000);
      expect([201, 401]).toContain((await logIn(identifier, RIGHT)).status);
    });

    it('never waits longer than a minute between two', async () => {
      const nobody = newPhone();
      const patient = await startApp({ ...LIMITED, PASSWORD_HOURLY_LIMIT: '100' }, app.cluster);
      await fail(nobody, 14, { on: patient });
      expect(toldOf(await logIn(nobody, WRONG, { on: patient }))).toEqual([401, 'LOGIN_FAILED']);
      expect(toldOf(await logIn(nobody, WRONG, { on: patient }))).toEqual([429, 'LOGIN_DELAYED', '60']);
      await patient.stop();
    });

    it('counts every spelling of an identifier as one', async () => {
      const { phone } = await journey.register(newPhone(), { password: RIGHT });
      const digits = phone.slice(3);
      for (const spelling of [
        phone,
        digits,
        `0086${digits}`,
        `86${digits}`,
        `${digits.slice(0, 3)} ${digits.slice(3)}`,
      ])
        await logIn(spelling, WRONG).expect(401);
      await logIn(digits, RIGHT).expect(429);
    });

    it.each([3, 10])(
      'of twenty at once on two instances: %s an hour are evaluated, or fewer',
      async (limit) => {
        const variables = { ...LIMITED, PASSWORD_HOURLY_LIMIT: String(limit) };
        const one = await startApp(variables, app.cluster);
        const other = await startApp(variables, app.cluster);
        const { phone } = await journey.register(newPhone(), { password: RIGHT });
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, turn) => logIn(phone, WRONG, { on: turn % 2 ? one : other })),
        );
        // From the fifth on there is a wait, which nobody who comes at the same time has waited.
        const evaluated = Math.min(limit, 5);
        expect(answers.map(({ status }) => status).sort()).toEqual([
          ...Array<number>(evaluated).fill(401),
          ...Array<number>(20 - evaluated).fill(429),
        ]);
        expect(await counted()).toBe(evaluated);
        await one.stop();
        await other.stop();
      },
    );

    it('is not held against anybody when there was no time to compare it', async () => {
      const { phone } = await journey.register(newPhone(), { password: RIGHT });
      const hasher = app.app.get(PasswordHasher, { strict: false });
      const verify = jest
        .spyOn(hasher, 'verify')
        .mockRejectedValue(new Problem('OVERLOADED', { retryAfter: 2 }));
      for (let turn = 0; turn < 12; turn += 1)
        expect(toldOf(await logIn(phone, RIGHT))).toEqual([503, 'OVERLOADED', '2']);
      verify.mockRestore();
      expect(await counted()).toBe(0);
      await logIn(phone, RIGHT).expect(201);
    });

    it('is not evaluated while nobody counts', async () => {
      const { phone } = await journey.register(newPhone(), { password: RIGHT });
      const evalsha = jest
        .spyOn(app.redis.client, 'evalsha')
        .mockRejectedValue(new Error('Connection is closed.'));
      const refused = await logIn(phone, RIGHT).expect(503);
      evalsha.mockRestore();
      expect(refused.body.code).toBe('STORE_UNAVAILABLE');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      await logIn(phone, RIGHT).expect(201);
    });
  });

  describe('where captchas are asked for', () => {
    let asking: RunningApp;
    beforeAll(async () => (asking = await startApp({ ...LIMITED, CAPTCHA_MODE: 'risk' }, app.cluster)));
    afterAll(() => asking.stop());

    const solved = async () => {
      const { body } = await asking.api.post('/v1/captchas').send({}).expect(201);
      const { body: revealed } = await asking.api.get(`/dev/captchas/${body.captchaId}`).expect(200);
      return { captchaId: body.captchaId as string, answer: revealed.answer as string };
    };

    it.each([['an account'], ['nobody']])(
      '%s has to solve one after three wrong passwords',
      async (whose) => {
        const identifier =
          whose === 'nobody' ? newPhone() : (await journey.register(newPhone(), { password: RIGHT })).phone;
        await fail(identifier, 3);
        const on = asking;
        expect(toldOf(await logIn(identifier, WRONG, { on }))).toEqual([422, 'CAPTCHA_REQUIRED']);
        const wrong = { captcha: { ...(await solved()), answer: 'no' } };
        expect(toldOf(await logIn(identifier, WRONG, { on, captcha: wrong }))).toEqual([
          422,
          'CAPTCHA_INVALID',
        ]);
        expect(await counted()).toBe(3);
        const right = { captcha: await solved() };
        expect(toldOf(await logIn(identifier, WRONG, { on, captcha: right }))).toEqual([401, 'LOGIN_FAILED']);
        expect(toldOf(await logIn(identifier, WRONG, { on, captcha: right }))).toEqual([
          422,
          'CAPTCHA_INVALID',
        ]);
        if (whose !== 'nobody')
          await logIn(identifier, RIGHT, { on, captcha: { captcha: await solved() } }).expect(201);
      },
    );

    it('a captcha is not spent on an answer of "wait"', async () => {
      const nobody = newPhone();
      for (let turn = 0; turn < 5; turn += 1) await logIn(nobody, WRONG).expect(401);
      const captcha = { captcha: await solved() };
      expect(toldOf(await logIn(nobody, WRONG, { on: asking, captcha }))).toEqual([
        429,
        'LOGIN_DELAYED',
        '1',
      ]);
      await pass(1_000);
      await logIn(nobody, WRONG, { on: asking, captcha }).expect(401);
    });
  });

  describe('of the owner', () => {
    it('is not shut out by strangers, neither by password nor by code', async () => {
      const { phone, refreshToken } = await journey.register(newPhone(), { password: RIGHT });
      await logIn(phone, RIGHT).expect(201);
      await fail(phone, 10, { from: ELSEWHERE });
      await logIn(phone, WRONG, { from: ELSEWHERE }).expect(429);
      await logIn(phone, WRONG).expect(401);
      await logIn(phone, RIGHT).expect(201);
      await logIn(phone, RIGHT, { from: '203.0.113.200' }).expect(201);
      const proof = await journey.proven(phone);
      await app.api
        .post('/v1/sessions')
        .set('X-Forwarded-For', ELSEWHERE)
        .send({ grant: 'code', ...proof })
        .expect(201);
      await app.api.post('/v1/sessions/refresh').send({ refreshToken }).expect(200);
    });

    it('gives strangers no further guesses', async () => {
      const { phone } = await journey.register(newPhone(), { password: RIGHT });
      await logIn(phone, RIGHT).expect(201);
      await fail(phone, 10, { from: ELSEWHERE });
      await logIn(phone, RIGHT).expect(201);
      expect(toldOf(await logIn(phone, RIGHT, { from: ELSEWHERE }))[1]).toBe('PASSWORD_HOURLY_LIMIT');
    });

    it('is bounded from their own network, too, and forgives what was mistyped there', async () => {
      const { phone } = await journey.register(newPhone(), { password: RIGHT });
      await logIn(phone, RIGHT).expect(201);
      await fail(phone, 4);
      await logIn(phone, RIGHT).expect(201);
      await fail(phone, 10);
      await logIn(phone, RIGHT).expect(429);
    });

    it('is remembered by network for thirty days, under a keyed digest', async () => {
      const { phone } = await journey.register(newPhone(), { password: RIGHT });
      await logIn(phone, RIGHT).expect(201);
      const [key] = await app.redis.client.keys(`${app.redis.prefix}password:*:networks`);
      const [network, until] = await app.redis.client.zrange(key, 0, -1, 'WITHSCORES');
      expect(Number(until) - Date.now()).toBeGreaterThan(29.9 * 86_400_000);
      expect(await app.redis.client.pttl(key)).toBeLessThanOrEqual(30 * 86_400_000);
      expect(`${key} ${network}`).not.toMatch(/203\.0|13\d{9}/);
      await app.redis.client.zadd(key, Date.now() - 1, network);
      await fail(phone, 10, { from: ELSEWHERE });
      await logIn(phone, RIGHT).expect(429);
    });

    it('by password is two round trips and two statements', async () => {
      const { phone } = await journey.register(newPhone(), { password: RIGHT });
      await logIn(phone, RIGHT).expect(201);
      const cost = await costOf(app, () => logIn(phone, RIGHT).expect(201));
      expect(cost.redis).toHaveLength(2);
      expect(cost.sql).toEqual(['auth.password-by-phone', 'auth.log-in-by-password']);
    });
  });

  describe('by code', () => {
    const byCode = async (on: RunningApp, phone: string, more: object = {}) => {
      const proof = await journey.proven(phone);
      return {
        proof,
        answer: await on.api.post('/v1/sessions').send({ grant: 'code', ...proof, ...more }),
      };
    };

    it('makes accounts where policy allows it, else the code is spent', async () => {
      const closed = await startApp({ ...LIMITED, LOGIN_CREATES_USERS: 'false' }, app.cluster);
      const phone = newPhone();
      const { proof, answer } = await byCode(closed, phone, { createUser: true });
      expect(toldOf(answer)).toEqual([422, 'ACCOUNT_NOT_FOUND']);
      await closed.api
        .post('/v1/sessions')
        .send({ grant: 'code', ...proof, createUser: true })
        .expect(410);
      expect((await byCode(app, phone, { createUser: true })).answer.status).toBe(201);
      expect((await byCode(closed, phone, { createUser: true })).answer.status).toBe(201);
      await closed.stop();
    });

    describe('into an account that was not used for long', () => {
      let careful: RunningApp;
      beforeAll(
        async () => (careful = await startApp({ ...LIMITED, IDLE_ACCOUNT_DAYS: '180' }, app.cluster)),
      );
      afterAll(() => careful.stop());

      const idle = async (account: object = { password: RIGHT }): Promise<SignedIn> => {
        const user = await journey.register(newPhone(), account);
        const long = `now() - interval '181 days'`;
        await app.dataSource.query(`UPDATE users SET created_at = ${long} WHERE id = $1`, [user.userId]);
        await app.dataSource.query(`UPDATE sessions SET last_used_at = ${long} WHERE user_id = $1`, [
          user.userId,
        ]);
        return user;
      };

      it('takes its password, too, and the code stays good until it comes', async () => {
        const { phone } = await idle();
        const { proof, answer } = await byCode(careful, phone);
        expect(toldOf(answer)).toEqual([403, 'SECOND_PROOF_REQUIRED']);
        const retry = (password: string) =>
          careful.api.post('/v1/sessions').send({ grant: 'code', ...proof, password });
        expect(toldOf(await retry(WRONG))).toEqual([401, 'LOGIN_FAILED']);
        const { body } = await retry(RIGHT).expect(201);
        const claims = JSON.parse(Buffer.from(body.accessToken.split('.')[1], 'base64url').toString());
        expect(claims.amr).toEqual(['sms', 'pwd']);
        await retry(RIGHT).expect(410);
        expect((await byCode(careful, phone)).answer.status).toBe(201);
      });

      it('bounds guesses by the attempts of the code, and by the limit of passwords', async () => {
        const { phone } = await idle();
        let answers: string[] = [];
        for (let code = 0; code < 3; code += 1) {
          const proof = await journey.proven(phone);
          for (let guess = 0; guess < 6; guess += 1) {
            const answer = await careful.api
              .post('/v1/sessions')
              .send({ grant: 'code', ...proof, password: WRONG });
            answers = [...answers, answer.body.code as string];
            await pass(60_000);
          }
        }
        expect(answers.filter((code) => code === 'LOGIN_FAILED')).toHaveLength(10);
        expect(answers.filter((code) => code === 'VERIFICATION_EXHAUSTED').length).toBeGreaterThan(0);
        expect(answers.at(-1)).not.toBe('LOGIN_FAILED');
      });

      it('and its password can not be reset by a code: who has the number may not be its owner', async () => {
        const { phone } = await idle();
        const { verificationId, code } = await journey.proven(phone, 'reset_password');
        const { body } = await careful.api
          .post(`/v1/verifications/${verificationId}/check`)
          .send({ code })
          .expect(200);
        const answer = await careful.api
          .post('/v1/password-resets')
          .send({ ticket: body.ticket, newPassword: 'seven otters in a teapot' });
        expect(toldOf(answer)).toEqual([403, 'SECOND_PROOF_REQUIRED']);
      });

      it('takes the code alone where there is no password, and where it was used since', async () => {
        const { phone } = await idle({});
        expect((await byCode(careful, phone)).answer.status).toBe(201);
        const other = await idle();
        await app.api.post('/v1/sessions/refresh').send({ refreshToken: other.refreshToken }).expect(200);
        expect((await byCode(careful, other.phone)).answer.status).toBe(201);
      });

      it('costs nothing where it is off', async () => {
        const { phone } = await idle();
        expect((await byCode(app, phone)).answer.status).toBe(201);
      });
    });
  });
});
