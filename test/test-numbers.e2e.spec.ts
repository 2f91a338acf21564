import { validateEnv } from '../src/validate-env';
import { Gateways } from './support/gateways';
import { Journey, otherThan } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const PHONE = '+8613800000000';
const CODE = '246810';
const DAY_MS = 86_400_000;
const dayFromNow = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

let gateways: Gateways;

beforeAll(async () => {
  gateways = await Gateways.start();
});
afterAll(() => gateways.stop());

describe('a test number', () => {
  let app: RunningApp;
  let journey: Journey;

  beforeAll(async () => {
    app = await startApp({
      ...WIDE,
      ...gateways.variables(['tencent']),
      RESEND_COOLDOWN: '60',
      PHONE_HOURLY_LIMIT: '6',
      SMS_DAILY_BUDGET: '1',
      SMS_TEST_NUMBERS: `${PHONE}=${CODE}@${dayFromNow(10)},+8613800000001=1357911@${dayFromNow(-2)}`,
    });
    journey = new Journey(app);
  });
  afterAll(() => app.stop());

  const check = (id: string, code: string) => app.api.post(`/v1/verifications/${id}/check`).send({ code });

  it('gets no message, costs nothing of the budget, and has no cool-down', async () => {
    const ids = [await journey.start(PHONE), await journey.start(PHONE), await journey.start(PHONE)];
    for (const id of ids) expect(await journey.sent(id)).toBe('sent');
    await app.api.post(`/v1/verifications/${ids[0]}/resend`).send({}).expect(202);
    expect(gateways.calls('tencent')).toBe(0);
  });

  it('has its own code as the right one, and every other limit', async () => {
    const id = await journey.start(PHONE);
    const wrong = await check(id, otherThan(CODE)).expect(422);
    expect(wrong.body.code).toBe('CODE_MISMATCH');
    await check(id, CODE).expect(200);
    await check(id, CODE).expect(410);
    // Its message gives back what it reserved of the budget once it has left the outbox.
    await journey.sent(await journey.start(PHONE));
    const { body } = await app.api
      .post('/v1/verifications')
      .send({ phone: PHONE, purpose: 'login' })
      .expect(429);
    expect(body.code).toBe('PHONE_HOURLY_LIMIT');
  });

  it("is no other number's way in: its code is wrong everywhere else", async () => {
    const id = await journey.start('+8613900000000');
    await journey.sent(id);
    await check(id, CODE).expect(422);
  });

  it('opens the account that was made with its code, and no account of somebody', async () => {
    const owned = '+8613800000002';
    const before = await startApp({ ...WIDE, ...gateways.variables(['tencent']) });
    try {
      const register = async (instance: RunningApp, code: (verificationId: string) => string) => {
        const verificationId = await new Journey(instance).start(owned, 'login');
        await new Journey(instance).sent(verificationId);
        const grant = { grant: 'code', verificationId, code: code(verificationId), createUser: true };
        return instance.api.post('/v1/sessions').send(grant);
      };
      const owner = await register(before, () => gateways.taken(owned)[0].code);
      expect(owner.status).toBe(201);
      gateways.reset();
      const after = await startApp(
        {
          ...WIDE,
          ...gateways.variables(['tencent']),
          SMS_TEST_NUMBERS: `${owned}=${CODE},+8613800000003=${CODE}`,
        },
        before.cluster,
      );
      try {
        expect((await register(after, () => CODE)).status).toBe(422);
        // Its owner still gets messages, and in.
        expect((await register(after, () => gateways.taken(owned).at(-1)!.code)).status).toBe(201);
        const login = async () => {
          const verificationId = await new Journey(after).start('+8613800000003');
          return after.api
            .post('/v1/sessions')
            .send({ grant: 'code', verificationId, code: CODE, createUser: true })
            .expect(201);
        };
        const [first, second] = [await login(), await login()];
        expect(second.body.user.id).toBe(first.body.user.id);
      } finally {
        await after.stop();
      }
    } finally {
      await before.stop();
    }
  });

  it('is like any other number after its last day', async () => {
    gateways.reset();
    const over = await startApp({
      ...WIDE,
      ...gateways.variables(['tencent']),
      SMS_TEST_NUMBERS: `+8613800000001=135791@${dayFromNow(-2)}`,
    });
    try {
      const overJourney = new Journey(over);
      const id = await overJourney.start('+8613800000001');
      await overJourney.sent(id);
      expect(gateways.calls('tencent')).toBe(1);
      await over.api.post(`/v1/verifications/${id}/check`).send({ code: '135791' }).expect(422);
    } finally {
      await over.stop();
    }
  });
});

describe('SMS_TEST_NUMBERS', () => {
  const PRODUCTION = { NODE_ENV: 'production' };
  const faultsOf = (variables: Record<string, string>): string[] => {
    try {
      validateEnv(variables);
      return [];
    } catch (error) {
      return String(error)
        .split('\n')
        .filter((line) => line.includes('SMS_TEST_NUMBERS'));
    }
  };

  it.each([
    ['without an end date in production', { ...PRODUCTION, SMS_TEST_NUMBERS: `${PHONE}=${CODE}` }],
    [
      'with an end too far off in production',
      { ...PRODUCTION, SMS_TEST_NUMBERS: `${PHONE}=${CODE}@${dayFromNow(40)}` },
    ],
    ['of an administrator', { SMS_TEST_NUMBERS: `${PHONE}=${CODE}`, ADMIN_PHONES: '138-0000-0000' }],
    ['of a country that is not enabled', { SMS_TEST_NUMBERS: `+85251234567=${CODE}` }],
    ['with an end that is no day', { SMS_TEST_NUMBERS: `${PHONE}=${CODE}@2026-02-31` }],
    ['without its country', { SMS_TEST_NUMBERS: `13800000000=${CODE}` }],
    [
      'too many of them',
      { SMS_TEST_NUMBERS: Array.from({ length: 11 }, (_, i) => `+86138000000${10 + i}=${CODE}`).join(',') },
    ],
  ])('is refused %s', (_, variables) => {
    expect(faultsOf(variables)).toHaveLength(1);
  });

  it.each([
    ['without an end date in development', { SMS_TEST_NUMBERS: `${PHONE}=${CODE}` }],
    [
      'with an end within 30 days in production',
      { ...PRODUCTION, SMS_TEST_NUMBERS: `${PHONE}=${CODE}@${dayFromNow(29)}` },
    ],
  ])('is taken %s', (_, variables) => {
    expect(faultsOf(variables)).toEqual([]);
  });
});
