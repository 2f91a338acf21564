import { Logger } from '@nestjs/common';
import type { NoticePurpose } from '../src/auth/account/notice-purposes';
import { eventually } from './support/eventually';
import { Gateways } from './support/gateways';
import { newPhone, type SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { Steps } from './support/steps';

const ADMIN = newPhone();
const PASSWORD = 'a quiet harbour';
const OTHER_PASSWORD = 'another quiet harbour';

async function changePhone(steps: Steps, who: SignedIn): Promise<void> {
  const ticket = await steps.ticket(newPhone(), 'change_phone', who);
  await steps.put(who, 'phone', { ticket }).expect(204);
}

describe('a notice', () => {
  let app: RunningApp;
  let steps: Steps;

  beforeAll(async () => {
    app = await startApp({ ...WIDE, ADMIN_PHONES: ADMIN });
    steps = new Steps(app);
  });
  afterAll(() => app.stop());

  const noticed = (phone: string, purpose: NoticePurpose) =>
    eventually('a notice', async () => (await steps.texts(phone, purpose))[0]);

  it('tells of a new password, in Chinese unless English is asked for', async () => {
    const who = await steps.newcomer({ password: PASSWORD });
    await steps.put(who, 'password', { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD }).expect(204);
    expect(await noticed(who.phone, 'notice_password_changed')).toContain('密码已修改');
  });

  it('tells of a password that was reset', async () => {
    const who = await steps.register(newPhone(), { password: PASSWORD });
    const ticket = await steps.ticket(who.phone, 'reset_password');
    await app.api
      .post('/v1/password-resets')
      .set('Accept-Language', 'en-GB,en;q=0.9')
      .send({ ticket, newPassword: OTHER_PASSWORD })
      .expect(204);
    expect(await noticed(who.phone, 'notice_password_reset')).toContain('Your password was reset');
  });

  it('does not go to a number that is blocked, and what it would tell of is done all the same', async () => {
    const admin = await steps.register(ADMIN);
    const [blocked, free] = [await steps.newcomer(), await steps.newcomer()];
    const tickets = [];
    for (const who of [blocked, free]) tickets.push(await steps.ticket(newPhone(), 'change_phone', who));
    await steps
      .as(admin, app.api.post('/v1/admin/blocks'))
      .send({ kind: 'phone', phone: blocked.phone, reason: 'a test', hours: 1 })
      .expect(201);
    await steps.put(blocked, 'phone', { ticket: tickets[0] }).expect(204);
    await steps.put(free, 'phone', { ticket: tickets[1] }).expect(204);
    await noticed(free.phone, 'notice_phone_changed');
    expect(await steps.texts(blocked.phone, 'notice_phone_changed')).toEqual([]);
  });

  it('comes ten times a day at the most', async () => {
    const who = await steps.newcomer({ password: PASSWORD });
    const row = app.dataSource.query<{ phone_index: Buffer }[]>(
      'SELECT phone_index FROM users WHERE id = $1',
      [who.userId],
    );
    const [{ phone_index: index }] = await row;
    const count = async () =>
      (
        await app.dataSource.query<[{ n: number }]>(
          `SELECT count(*)::int AS n FROM sms_messages WHERE phone_index = $1 AND source = 'notice'`,
          [index],
        )
      )[0].n;
    const warned = jest.spyOn(Logger.prototype, 'warn');
    const passwords = [PASSWORD, OTHER_PASSWORD];
    for (let turn = 0; turn < 11; turn += 1) {
      const [currentPassword, newPassword] = turn % 2 ? [...passwords].reverse() : passwords;
      await steps.put(who, 'password', { currentPassword, newPassword }).expect(204);
      if (turn < 10) await eventually('its row', async () => (await count()) === turn + 1);
    }
    const reason = { event: 'auth.notice.unsent', purpose: 'notice_password_changed', reason: 'too-many' };
    await eventually('a word about it', () => warned.mock.calls.some(([said]) => equal(said, reason)));
    warned.mockRestore();
    expect(await count()).toBe(10);
  });
});

const equal = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

describe('through gateways that take templates only', () => {
  let gateways: Gateways;

  beforeAll(async () => {
    gateways = await Gateways.start({}, { '41': { params: 0, kind: 'notice' } });
  });
  afterEach(() => gateways.reset());
  afterAll(() => gateways.stop());

  const code = (phone: string) => gateways.taken(phone)[0].code;

  class GatewaySteps extends Steps {
    override code(phone: string): Promise<string> {
      return Promise.resolve(code(phone));
    }
  }

  it('a notice without a template is not sent; it is logged once, and nobody notices', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn');
    const app = await startApp({ ...WIDE, ...gateways.variables(['tencent', 'ronglian']) });
    try {
      const steps = new GatewaySteps(app);
      for (let turn = 0; turn < 2; turn += 1) await changePhone(steps, await steps.newcomer());
      const said = () =>
        warned.mock.calls.filter(([entry]) => JSON.stringify(entry).includes('auth.notice.unsent'));
      await eventually('a word about it', () => said().length > 0);
      expect(said().map(([entry]) => entry)).toEqual([
        { event: 'auth.notice.unsent', purpose: 'notice_phone_changed', reason: 'no-template' },
      ]);
      const notices = await app.dataSource.query<object[]>(
        `SELECT id FROM sms_messages WHERE source = 'notice'`,
      );
      expect(notices).toEqual([]);
    } finally {
      warned.mockRestore();
      await app.stop();
    }
  });

  it('a notice goes through the gateway that has a template for it, whatever the order', async () => {
    const app = await startApp({
      ...WIDE,
      ...gateways.variables(['tencent', 'ronglian']),
      RONGLIAN_TEMPLATE_IDS: 'notice_phone_changed=41',
    });
    try {
      const steps = new GatewaySteps(app);
      const who = await steps.newcomer();
      await changePhone(steps, who);
      const notice = () => gateways.taken(who.phone, ['ronglian'])[0];
      await eventually('a notice', () => notice() !== undefined);
      expect(notice()).toMatchObject({ templateId: '41', params: [] });
    } finally {
      await app.stop();
    }
  });

  it('a spent budget keeps the notice back, and not the change', async () => {
    const app = await startApp({
      ...WIDE,
      ...gateways.variables(['luosimao']),
      SMS_DAILY_BUDGET: '2',
    });
    const warned = jest.spyOn(Logger.prototype, 'warn');
    try {
      const steps = new GatewaySteps(app);
      const who = await steps.newcomer();
      await changePhone(steps, who);
      await eventually('a word about it', () =>
        warned.mock.calls.some(([entry]) => JSON.stringify(entry).includes('SMS_BUDGET_EXHAUSTED')),
      );
      expect(gateways.taken(who.phone)).toHaveLength(1);
    } finally {
      warned.mockRestore();
      await app.stop();
    }
  });
});
