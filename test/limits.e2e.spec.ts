import { Journey, newPhone, otherThan } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

async function withApp(
  variables: Record<string, string>,
  test: (app: RunningApp, other: RunningApp) => Promise<void>,
) {
  const app = await startApp({ ...WIDE, ...variables });
  const other = await startApp({ ...WIDE, ...variables }, app.cluster);
  try {
    await test(app, other);
  } finally {
    await other.stop();
    await app.stop();
  }
}

const start = (app: RunningApp, phone: string, purpose = 'login') =>
  app.api.post('/v1/verifications').send({ phone, purpose });

/** Moves the sends that the limits remember into the past, as if this much time had gone by. */
async function goBy(app: RunningApp, ms: number): Promise<void> {
  const { client, prefix } = app.redis;
  for (const key of await client.keys(`${prefix}*sends*`)) {
    const entries = await client.zrange(key, '0', '-1', 'WITHSCORES');
    for (let i = 0; i < entries.length; i += 2) await client.zincrby(key, -ms, entries[i]);
  }
}

describe('the limits of sending', () => {
  it('let one of 50 parallel starts for one number pass, on two instances', () =>
    withApp({ RESEND_COOLDOWN: '60' }, async (app, other) => {
      const phone = newPhone();
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, turn) => start(turn % 2 ? app : other, phone)),
      );
      expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
      for (const { status, body, headers } of answers.filter((answer) => answer.status !== 202)) {
        expect([status, body.code]).toEqual([429, 'SEND_COOLDOWN']);
        expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
        expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
      }
      const [{ count }] = await app.dataSource.query('SELECT count(*)::int FROM sms_messages');
      expect(count).toBe(1);
    }));

  it('take every spelling of a number for one', () =>
    withApp({ RESEND_COOLDOWN: '60' }, async (app) => {
      const digits = newPhone().slice(3);
      await start(app, digits).expect(202);
      const fullWidth = [...digits]
        .map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))
        .join('');
      for (const spelling of [
        `+86${digits}`,
        `0086${digits}`,
        `86 ${digits.slice(0, 3)} ${digits.slice(3, 7)} ${digits.slice(7)}`,
        `${digits.slice(0, 3)}-${digits.slice(3, 7)}-${digits.slice(7)}`,
        fullWidth,
      ]) {
        const refused = await start(app, spelling, 'register').expect(429);
        expect(refused.body.code).toBe('SEND_COOLDOWN');
      }
      expect((await app.api.get('/dev/messages').query({ to: fullWidth })).body.items).toHaveLength(1);
    }));

  it('announce the exact wait of a cool-down: a second before it is too early', () =>
    withApp({ RESEND_COOLDOWN: '60' }, async (app) => {
      const phone = newPhone();
      await start(app, phone).expect(202);
      const refused = await start(app, phone).expect(429);
      const wait = Number(refused.headers['retry-after']);
      await goBy(app, (wait - 2) * 1_000);
      await start(app, phone).expect(429);
      await goBy(app, 2_000);
      await start(app, phone).expect(202);
    }));

  it('count all purposes and resends of a number together, per hour and per day', () =>
    withApp({ PHONE_HOURLY_LIMIT: '3', PHONE_DAILY_LIMIT: '4' }, async (app) => {
      const phone = newPhone();
      const { body } = await start(app, phone, 'login').expect(202);
      await start(app, phone, 'register').expect(202);
      await app.api.post(`/v1/verifications/${body.verificationId}/resend`).send({}).expect(202);
      const hour = await start(app, phone, 'reset_password').expect(429);
      expect(hour.body.code).toBe('PHONE_HOURLY_LIMIT');
      await goBy(app, Number(hour.headers['retry-after']) * 1_000);
      await start(app, phone).expect(202);
      const day = await start(app, phone).expect(429);
      expect(day.body.code).toBe('PHONE_DAILY_LIMIT');
      expect(Number(day.headers['retry-after'])).toBeGreaterThan(82_000);
      await start(app, newPhone()).expect(202);
    }));

  it('hold the day of a number when Redis was flushed', () =>
    withApp({ PHONE_DAILY_LIMIT: '2' }, async (app) => {
      const phone = newPhone();
      await start(app, phone).expect(202);
      await start(app, phone).expect(202);
      const keys = await app.redis.client.keys(`${app.redis.prefix}*`);
      await app.redis.client.del(...keys);
      const refused = await start(app, phone).expect(429);
      expect(refused.body.code).toBe('PHONE_DAILY_LIMIT');
    }));

  it('keep only so many verifications of a number alive', () =>
    withApp({ LIVE_VERIFICATIONS: '2' }, async (app) => {
      const phone = newPhone();
      const journey = new Journey(app);
      const first = await journey.proven(phone);
      await start(app, phone).expect(202);
      const refused = await start(app, phone).expect(429);
      expect(refused.body.code).toBe('LIVE_VERIFICATIONS');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(290);
      await app.api
        .post(`/v1/verifications/${first.verificationId}/check`)
        .send({ code: first.code })
        .expect(200);
      await start(app, phone).expect(202);
    }));

  it('bound what goes to one segment of numbers', () =>
    withApp({ SEGMENT_HOURLY_LIMIT: '3' }, async (app) => {
      const number = (last: number) => `+86137000${String(last).padStart(5, '0')}`;
      for (let last = 0; last < 3; last += 1) await start(app, number(last)).expect(202);
      const refused = await start(app, number(3)).expect(429);
      expect(refused.body.code).toBe('SEGMENT_HOURLY_LIMIT');
      await start(app, '+8613700119999').expect(202);
    }));

  it('bound the accepted sends of an address, whatever it claims to be, and count no refused ones', () =>
    withApp({ IP_HOURLY_LIMIT: '3', RESEND_COOLDOWN: '60' }, async (app) => {
      const phone = newPhone();
      await start(app, phone).expect(202);
      await start(app, phone).expect(429);
      await start(app, 'not a number').expect(422);
      await start(app, newPhone()).expect(202);
      await start(app, newPhone()).expect(202);
      for (let turn = 0; turn < 5; turn += 1) {
        const forged = await start(app, newPhone())
          .set('X-Forwarded-For', `203.0.113.${turn}`)
          .set('X-Real-IP', `203.0.113.${turn}`)
          .set('Forwarded', `for=203.0.113.${turn}`)
          .expect(429);
        expect(forged.body.code).toBe('IP_HOURLY_LIMIT');
      }
    }));

  it('believe a trusted proxy, and only its own word', () =>
    withApp({ IP_HOURLY_LIMIT: '1', TRUSTED_PROXIES: '1' }, async (app) => {
      const from = (address: string) => start(app, newPhone()).set('X-Forwarded-For', address);
      await from('198.51.100.1, 203.0.113.1').expect(202);
      await from('198.51.100.2, 203.0.113.1').expect(429);
      await from('198.51.100.1, 203.0.113.2').expect(202);
      await from('2001:db8:1:2::1').expect(202);
      await from('2001:db8:1:2:ffff::9').expect(429);
    }));

  it('bound the guesses at a code, from however many addresses they come (A3)', () =>
    withApp({ TRUSTED_PROXIES: '1' }, async (app, other) => {
      const { verificationId, code } = await new Journey(app).proven(newPhone());
      const guess = (turn: number, guessed: string) =>
        (turn % 2 ? app : other).api
          .post(`/v1/verifications/${verificationId}/check`)
          .set('X-Forwarded-For', `198.51.100.${turn}`)
          .send({ code: guessed });
      const codes: string[] = [];
      for (let turn = 1; turn <= 25; turn += 1)
        codes.push((await guess(turn, otherThan(code, turn))).body.code as string);
      expect(codes.slice(0, 5)).toEqual(Array(5).fill('CODE_MISMATCH'));
      expect(codes.slice(5)).toEqual(Array(20).fill('VERIFICATION_EXHAUSTED'));
      expect((await guess(26, code)).body.code).toBe('VERIFICATION_EXHAUSTED');
    }));

  it('refuse countries that are not enabled before anything is counted', () =>
    withApp({}, async (app) => {
      for (const phone of ['+881612345678', '+882160012345', '+96022222222', '+19005550100']) {
        const refused = await start(app, phone).expect(422);
        expect(refused.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '#/phone' }] });
      }
      expect(await app.redis.client.keys(`${app.redis.prefix}*`)).toEqual([]);
    }));

  it('bound the checks of a number per hour, before the compare and without an attempt', () =>
    withApp({ CHECK_HOURLY_LIMIT: '3', CODE_MAX_ATTEMPTS: '2' }, async (app) => {
      const phone = newPhone();
      const journey = new Journey(app);
      const one = await journey.proven(phone);
      const two = await journey.proven(phone);
      const check = (id: string, code: string) =>
        app.api.post(`/v1/verifications/${id}/check`).send({ code });
      await check(one.verificationId, otherThan(one.code)).expect(422);
      await check(one.verificationId, otherThan(one.code, 2)).expect(422);
      await check(two.verificationId, otherThan(two.code)).expect(422);
      const refused = await check(two.verificationId, two.code).expect(429);
      expect(refused.body.code).toBe('CHECK_LIMIT');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_590);
      expect((await app.api.get(`/v1/verifications/${two.verificationId}`)).body.attemptsRemaining).toBe(1);
    }));
});

describe('the captcha', () => {
  const solved = async (app: RunningApp, kind = 'image') => {
    const { captchaId } = (await app.api.post('/v1/captchas').send({ kind }).expect(201)).body;
    const { answer } = (await app.api.get(`/dev/captchas/${captchaId}`).expect(200)).body;
    return { captchaId, answer };
  };

  it('is asked for from the third send of a number within the hour', () =>
    withApp({ CAPTCHA_MODE: 'risk' }, async (app) => {
      const phone = newPhone();
      await start(app, phone).expect(202);
      await start(app, phone).expect(202);
      const refused = await start(app, phone).expect(422);
      expect(refused.body.code).toBe('CAPTCHA_REQUIRED');
      const captcha = await solved(app);
      await app.api.post('/v1/verifications').send({ phone, purpose: 'login', captcha }).expect(202);
    }));

  it.each(['image', 'pow'])('of kind %s passes once, and a wrong answer burns it', (kind) =>
    withApp({ CAPTCHA_MODE: 'always', PHONE_HOURLY_LIMIT: '1' }, async (app) => {
      const phone = newPhone();
      const send = (captcha: object) =>
        app.api.post('/v1/verifications').send({ phone, purpose: 'login', captcha });
      const required = await start(app, phone).expect(422);
      expect(required.body.code).toBe('CAPTCHA_REQUIRED');

      const burnt = await solved(app, kind);
      const wrong = await send({ ...burnt, answer: 'WRONG' }).expect(422);
      expect(wrong.body.code).toBe('CAPTCHA_INVALID');
      await send(burnt).expect(422);

      const captcha = await solved(app, kind);
      const both = await Promise.all([send(captcha), send(captcha)]);
      expect(both.map(({ status }) => status).sort()).toEqual([202, 422]);
      await app.api
        .post('/v1/verifications')
        .send({ phone: newPhone(), purpose: 'login', captcha })
        .expect(422);
    }),
  );
});
