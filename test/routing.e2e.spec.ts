import { Events } from '../src/common/events';
import { ProviderHealth } from '../src/sms/provider-health';
import { ProviderSettings } from '../src/sms/provider-settings';
import { eventually } from './support/eventually';
import { Gateways, VENDORS } from './support/gateways';
import { Journey, newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

let gateways: Gateways;

beforeAll(async () => {
  gateways = await Gateways.start();
});
afterEach(() => gateways.reset());
afterAll(() => gateways.stop());

/** Short enough to be waited for. */
const QUICK = { circuit: { faults: 5, withinMs: 30_000, probeAfterMs: 400 } };
const FAULT = { kind: 'status', status: 500 } as const;

const attemptsOf = (
  app: RunningApp,
  verificationId: string,
): Promise<{ provider: string; route: string }[]> =>
  app.dataSource.query(
    `SELECT a.provider, a.route FROM sms_attempts a JOIN sms_messages m ON m.id = a.message_id
     WHERE m.reference = $1 ORDER BY m.created_at, a.number`,
    [verificationId],
  );

describe('the circuit of a gateway', () => {
  let app: RunningApp;
  let other: RunningApp;
  let journey: Journey;
  const stateOf = (instance: RunningApp, vendor = 'tencent') =>
    instance.app.get(ProviderHealth).stateOf(vendor);

  beforeEach(async () => {
    const variables = { ...WIDE, ...gateways.variables(['tencent', 'luosimao']) };
    app = await startApp(variables, undefined, QUICK);
    other = await startApp(variables, app.cluster, QUICK);
    journey = new Journey(app);
  });
  afterEach(async () => {
    await other.stop();
    await app.stop();
  });

  /** Five faults, one after the other. */
  const breakIt = async () => {
    for (let fault = 0; fault < 5; fault += 1) await journey.sent(await journey.start(newPhone()));
  };

  it('opens after five faults, on all instances, and messages go to the next gateway (E2)', async () => {
    await gateways.of('tencent').fault(FAULT);
    await breakIt();
    expect(gateways.calls('tencent')).toBe(5);
    await eventually('open circuits', () => [app, other].every((instance) => stateOf(instance) === 'open'));
    const id = await new Journey(other).start(newPhone());
    expect(await new Journey(other).sent(id)).toBe('sent');
    expect(gateways.calls('tencent')).toBe(5);
    expect(await attemptsOf(app, id)).toEqual([{ provider: 'luosimao', route: 'first in order' }]);
  });

  it('is known to an instance that starts meanwhile', async () => {
    const slow = await startApp({ ...WIDE, ...gateways.variables(['tencent', 'luosimao']) });
    try {
      await gateways.of('tencent').fault(FAULT);
      const slowJourney = new Journey(slow);
      for (let fault = 0; fault < 5; fault += 1) await slowJourney.sent(await slowJourney.start(newPhone()));
      const late = await startApp({ ...WIDE, ...gateways.variables(['tencent', 'luosimao']) }, slow.cluster);
      await eventually('open circuit', () => stateOf(late) === 'open').finally(() => late.stop());
    } finally {
      await slow.stop();
    }
  });

  it('lets one message probe, and closes when that went well (E2)', async () => {
    const states: string[] = [];
    app.app.get(Events).on('sms.circuit.changed', ({ data }) => states.push(data.state));
    await gateways.of('tencent').fault(FAULT);
    await breakIt();
    gateways.of('tencent').heal();
    await eventually('probe that is due', () => app.app.get(ProviderHealth).isAvailable('tencent'));
    await journey.sent(await journey.start(newPhone()));
    expect(stateOf(app)).toBe('closed');
    expect(states).toEqual(['open', 'half-open', 'closed']);
  });

  it('closes on all instances when one of them has probed (F7)', async () => {
    await gateways.of('tencent').fault(FAULT);
    await breakIt();
    await eventually('open circuits', () => [app, other].every((instance) => stateOf(instance) === 'open'));
    gateways.of('tencent').heal();
    await eventually('probe that is due', () => app.app.get(ProviderHealth).isAvailable('tencent'));
    await journey.sent(await journey.start(newPhone()));
    await eventually(
      'closed circuits',
      () => [app, other].every((instance) => stateOf(instance) === 'closed'),
      300,
    );
  });

  it.each([
    ['an account (G)', { kind: 'refuse', code: 'AuthFailure.SecretIdNotFound' }, 'open'],
    ['an account (B)', { kind: 'refuse', code: 'FailedOperation.InsufficientBalanceInSmsPackage' }, 'open'],
    ['a number (C)', { kind: 'refuse', code: 'InvalidParameterValue.IncorrectPhoneNumber' }, 'closed'],
    ['a number (L)', { kind: 'refuse', code: 'LimitExceeded.PhoneNumberDailyLimit' }, 'closed'],
    ['a number (K)', { kind: 'refuse', code: 'FailedOperation.PhoneNumberInBlacklist' }, 'closed'],
  ] as const)('refusals that concern %s leave it as they should (E5)', async (_, fault, state) => {
    const alerts: string[] = [];
    app.app.get(Events).on('sms.provider.alert', ({ data }) => alerts.push(data.vendorCode));
    await gateways.of('tencent').fault(fault);
    await breakIt();
    expect(stateOf(app)).toBe(state);
    // Told once, however often it happens within the minute.
    expect(alerts).toEqual(state === 'open' ? [fault.code] : []);
  });

  it('answers 503 when all are open: no verification, no quota, and the captcha stays good (E8)', async () => {
    const strict = await startApp(
      { ...WIDE, ...gateways.variables(['tencent']), CAPTCHA_MODE: 'always', RESEND_COOLDOWN: '60' },
      undefined,
      { circuit: { probeAfterMs: 1_500 } },
    );
    const solved = async () => {
      const { body } = await strict.api.post('/v1/captchas').send({ kind: 'image' }).expect(201);
      const { body: solution } = await strict.api.get(`/dev/captchas/${body.captchaId}`).expect(200);
      return { captchaId: body.captchaId, answer: solution.answer };
    };
    const send = (phone: string, captcha: object) =>
      strict.api.post('/v1/verifications').send({ phone, purpose: 'login', captcha });
    try {
      await gateways.of('tencent').fault({ kind: 'refuse', code: 'AuthFailure.SignatureFailure' });
      const strictJourney = new Journey(strict);
      for (let fault = 0; fault < 5; fault += 1) {
        const { body } = await send(newPhone(), await solved()).expect(202);
        await strictJourney.sent(body.verificationId);
      }
      const phone = newPhone();
      const captcha = await solved();
      const refused = await send(phone, captcha).expect(503);
      expect(refused.body.code).toBe('SMS_UNAVAILABLE');
      expect(['1', '2']).toContain(refused.headers['retry-after']);
      gateways.of('tencent').heal();
      const admitted = await eventually('admission', async () => {
        const answer = await send(phone, captcha);
        return answer.status === 202 && answer;
      });
      expect(await strictJourney.sent(admitted.body.verificationId)).toBe('sent');
    } finally {
      await strict.stop();
    }
  });
});

describe('the inbox', () => {
  it('plays faults, and stays open for everybody else', async () => {
    const app = await startApp(WIDE);
    try {
      const journey = new Journey(app);
      for (let fault = 0; fault < 6; fault += 1) {
        expect(await journey.sent(await journey.start('+8619000000005'))).toBe('failed');
      }
      expect(await journey.sent(await journey.start(newPhone()))).toBe('sent');
    } finally {
      await app.stop();
    }
  });
});

describe('the way of a message', () => {
  it('is drawn by weight', async () => {
    const app = await startApp({ ...WIDE, ...gateways.variables(), SMS_PROVIDERS: 'tencent:9,luosimao:1' });
    try {
      const journey = new Journey(app);
      const ids = await Promise.all(Array.from({ length: 120 }, () => journey.start(newPhone())));
      for (const id of ids) await journey.sent(id);
      const share = gateways.calls('tencent') / 120;
      // Binomial, p = 0.9: five standard deviations to either side.
      expect(share).toBeGreaterThan(0.76);
      expect(share).toBeLessThan(1);
      const [{ route }] = await attemptsOf(app, ids[0]);
      expect(route).toMatch(/^weight \d x conversion 1 = \d of 10$/);
    } finally {
      await app.stop();
    }
  });

  it('is another one on a resend, and says so', async () => {
    const app = await startApp({ ...WIDE, ...gateways.variables(['tencent', 'luosimao']) });
    try {
      const journey = new Journey(app);
      const id = await journey.start(newPhone());
      await journey.sent(id);
      await app.api.post(`/v1/verifications/${id}/resend`).send({}).expect(202);
      await eventually('second message', () => gateways.calls('luosimao') === 1);
      await eventually('second attempt', async () => (await attemptsOf(app, id)).length === 2);
      expect(await attemptsOf(app, id)).toEqual([
        { provider: 'tencent', route: 'first in order' },
        { provider: 'luosimao', route: 'first in order; another than before' },
      ]);
    } finally {
      await app.stop();
    }
  });

  it('turns away from a gateway whose codes nobody types in', async () => {
    const app = await startApp({ ...WIDE, ...gateways.variables(), SMS_PROVIDERS: 'tencent:1,luosimao:1' });
    try {
      const journey = new Journey(app);
      const segment = newPhone().slice(0, -4);
      // Codes that came through Luosimao are typed in, those through Tencent never.
      for (let i = 0; i < 90; i += 1) {
        const phone = `${segment}${String(i).padStart(4, '0')}`;
        const verificationId = await journey.start(phone);
        await journey.sent(verificationId);
        const [taken] = gateways.taken(phone, ['luosimao']);
        if (taken) {
          await app.api
            .post(`/v1/verifications/${verificationId}/check`)
            .send({ code: taken.code })
            .expect(200);
        }
      }
      // What was counted is read at most ten seconds later: a new instance reads it at once.
      await eventually('counts of approvals', async () => {
        const keys = await app.redis.client.keys(`${app.redis.prefix}conversions:*`);
        const fields = await Promise.all(keys.map((key) => app.redis.client.hgetall(key)));
        return fields.some((counts) => Number(counts['luosimao login approved'] ?? 0) >= 20);
      });
      const fresh = await startApp(
        { ...WIDE, ...gateways.variables(), SMS_PROVIDERS: 'tencent:1,luosimao:1' },
        app.cluster,
      );
      try {
        await app.app.get(ProviderSettings).change('tencent', { weight: 9_999 });
        await eventually(
          'the operator word',
          () => fresh.app.get(ProviderSettings).of('tencent')?.weight === 9_999,
        );
        const freshJourney = new Journey(fresh);
        const verificationId = await freshJourney.start(`${segment}9998`);
        await freshJourney.sent(verificationId);
        const [{ route }] = await attemptsOf(fresh, verificationId);
        const factor = Number(/conversion ([\d.]+)/.exec(route)?.[1]);
        expect(factor).toBeLessThan(0.8);
        expect(route).toMatch(/\(0\/\d+ here\)/);
      } finally {
        await fresh.stop();
      }
    } finally {
      await app.stop();
    }
  });

  it('leaves out a gateway that an operator drained, on all instances', async () => {
    const variables = { ...WIDE, ...gateways.variables(['tencent', 'luosimao']) };
    const app = await startApp(variables);
    const other = await startApp(variables, app.cluster);
    try {
      await app.app.get(ProviderSettings).change('tencent', { drained: true });
      await eventually('the word', () => other.app.get(ProviderSettings).of('tencent')?.drained);
      await new Journey(other).sent(await new Journey(other).start(newPhone()));
      expect(VENDORS.map((vendor) => gateways.calls(vendor))).toEqual([0, 0, 1]);
    } finally {
      await other.stop();
      await app.stop();
    }
  });
});
