import { type EventMap, Events } from '../src/common/events';
import { SmsService } from '../src/sms/sms.service';
import { eventually } from './support/eventually';
import { Gateways } from './support/gateways';
import { Journey, newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

let gateways: Gateways;

beforeAll(async () => {
  gateways = await Gateways.start();
});
afterEach(() => gateways.reset());
afterAll(() => gateways.stop());

const start = (app: RunningApp, phone = newPhone()) =>
  app.api.post('/v1/verifications').send({ phone, purpose: 'login' });

/** A machine that is busy may refuse a start for lack of time; it is asked again then. */
const startInTime = async (app: RunningApp): Promise<Awaited<ReturnType<typeof start>>> => {
  const answer = await start(app);
  return answer.body.code === 'STORE_UNAVAILABLE' ? startInTime(app) : answer;
};

function alertsOf(...apps: RunningApp[]): EventMap['sms.budget.alert'][] {
  const alerts: EventMap['sms.budget.alert'][] = [];
  for (const { app } of apps) app.get(Events).on('sms.budget.alert', ({ data }) => alerts.push(data));
  return alerts;
}

describe('a daily budget of messages', () => {
  let apps: RunningApp[];

  beforeEach(async () => {
    const variables = { ...WIDE, ...gateways.variables(['tencent']), SMS_DAILY_BUDGET: '20' };
    const first = await startApp(variables);
    apps = [first, await startApp(variables, first.cluster), await startApp(variables, first.cluster)];
  });
  afterEach(async () => {
    for (const app of [...apps].reverse()) await app.stop();
  });

  it('is kept exactly by three instances under parallel load, and told of once at 80 and at 100 % (B6)', async () => {
    const alerts = alertsOf(...apps);
    const answers = await Promise.all(Array.from({ length: 45 }, (_, i) => startInTime(apps[i % 3])));
    const refused = answers.filter(({ status }) => status !== 202);
    expect(refused).toHaveLength(25);
    for (const { status, body, headers } of refused) {
      expect([status, body.code]).toEqual([503, 'SMS_BUDGET_EXHAUSTED']);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(86_400);
    }
    await eventually('20 messages', () => gateways.calls('tencent') === 20);
    expect(alerts.map(({ window, kind, percent, limit }) => [window, kind, percent, limit])).toEqual([
      ['day', 'messages', 80, 20],
      ['day', 'messages', 100, 20],
    ]);
  });

  it('leaves everything alone that needs no message', async () => {
    await Promise.all(Array.from({ length: 20 }, () => start(apps[0]).expect(202)));
    await start(apps[0]).expect(503);
    const [{ body }] = await Promise.all([apps[0].api.get('/v1/policies').expect(200)]);
    expect(body.sms).toBeDefined();
    await apps[0].api
      .post('/v1/sessions')
      .send({ grant: 'password', identifier: 'nobody1', password: 'x'.repeat(12) })
      .expect(401);
  });

  it.each([
    ['its text', 'FailedOperation.ContainSensitiveWord'],
    ['its number', 'InvalidParameterValue.IncorrectPhoneNumber'],
  ])('is given back for a message that is refused for %s', async (_, code) => {
    await gateways.of('tencent').fault({ kind: 'refuse', code });
    const journey = new Journey(apps[0]);
    for (let i = 0; i < 20; i += 1)
      expect(await journey.sent(await journey.start(newPhone()))).toBe('failed');
    gateways.of('tencent').heal();
    await eventually('room in the budget', async () => (await start(apps[1])).status === 202);
  });

  it('is not reopened by a store that forgot everything (F3)', async () => {
    const journey = new Journey(apps[0]);
    await Promise.all(Array.from({ length: 15 }, () => journey.start(newPhone())));
    const keys = await apps[0].redis.client.keys(`${apps[0].redis.prefix}*`);
    await apps[0].redis.client.del(...keys);
    const answers = await Promise.all(Array.from({ length: 10 }, () => startInTime(apps[1])));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(5);
  });

  it("counts a host's own messages too", async () => {
    const sms = apps[2].app.get(SmsService);
    const send = () => sms.send({ to: newPhone(), values: { code: '123456', minutes: '5' } });
    await Promise.all(Array.from({ length: 20 }, send));
    await expect(send()).rejects.toMatchObject({ code: 'SMS_BUDGET_EXHAUSTED' });
    await start(apps[0]).expect(503);
  });
});

describe('other budgets', () => {
  it('limit a minute, and say when the next one begins', async () => {
    const app = await startApp({ ...WIDE, ...gateways.variables(['tencent']), SMS_MINUTE_BUDGET: '3' });
    try {
      // All of them in one minute, unless it ends just now.
      const answers = await Promise.all(Array.from({ length: 9 }, () => start(app)));
      const refused = answers.filter(({ status }) => status === 503);
      expect(refused.length).toBeGreaterThanOrEqual(3);
      for (const { headers } of refused) expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    } finally {
      await app.stop();
    }
  });

  it('limit money, and put in what a message really cost', async () => {
    const app = await startApp({
      ...WIDE,
      ...gateways.variables(['luosimao', 'tencent']),
      SMS_PRICES: 'luosimao:4,tencent:10',
      SMS_DAILY_SPEND: '20',
    });
    try {
      const journey = new Journey(app);
      // Each is reserved as the dearest, 10, and costs 4 in the end: there is room for three, one after the other.
      for (let i = 0; i < 3; i += 1) {
        await journey.sent(await journey.start(newPhone()));
        await eventually('the real cost', async () => {
          const [key] = await app.redis.client.keys(`${app.redis.prefix}{budget}:day:*`);
          return (await app.redis.client.hget(key, 'money')) === String(4 * (i + 1));
        });
      }
      const { body } = await start(app).expect(503);
      expect(body.code).toBe('SMS_BUDGET_EXHAUSTED');
      const [{ cost }] = await app.dataSource.query(`SELECT sum(cost)::int AS cost FROM sms_attempts`);
      expect(cost).toBe(12);
    } finally {
      await app.stop();
    }
  });
});
