import type { Test } from 'supertest';
import { eventually } from './support/eventually';
import { Gateways } from './support/gateways';
import { Journey, newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const ADMIN = newPhone();
const HOUR_MS = 3_600_000;

interface Provider {
  readonly name: string;
  readonly [member: string]: unknown;
}

let gateways: Gateways;
let app: RunningApp;
let other: RunningApp;
let journey: Journey;
let token: string;
let admin: string;

beforeAll(async () => {
  gateways = await Gateways.start();
  const variables = {
    ...WIDE,
    ...gateways.variables(),
    SMS_PRICES: 'tencent:5,ronglian:4,luosimao:6',
    SMS_DAILY_BUDGET: '1000',
    ADMIN_PHONES: ADMIN,
  };
  app = await startApp(variables);
  other = await startApp(variables, app.cluster);
  journey = new Journey(app);
  const { verificationId, code } = await sent(ADMIN, 'register');
  const { body } = await app.api.post('/v1/users').send({ verificationId, code }).expect(201);
  [token, admin] = [body.accessToken, body.user.id];
});
afterEach(() => gateways.reset());
afterAll(async () => {
  await other.stop();
  await app.stop();
  await gateways.stop();
});

async function sent(phone = newPhone(), purpose = 'login', at = journey) {
  const verificationId = await at.start(phone, purpose);
  await at.sent(verificationId);
  return { phone, verificationId, code: gateways.taken(phone)[0]?.code };
}

const as = (request: Test) => request.set('Authorization', `Bearer ${token}`);
const providers = async (at = app): Promise<Provider[]> =>
  (await as(at.api.get('/v1/admin/providers')).expect(200)).body.items;
const provider = async (name: string, at = app): Promise<Provider> =>
  (await providers(at)).find((each) => each.name === name)!;
const change = (request: object) => as(app.api.patch('/v1/admin/providers')).send(request);
const names = async (at = app) => (await providers(at)).map(({ name }) => name);

describe('the gateways', () => {
  it.each(['get', 'patch'] as const)('are for administrators (%s)', async (method) => {
    const { verificationId, code } = await sent(newPhone(), 'register');
    const { body } = await app.api.post('/v1/users').send({ verificationId, code }).expect(201);
    await app.api[method]('/v1/admin/providers').expect(401);
    await app.api[method]('/v1/admin/providers')
      .set('Authorization', `Bearer ${body.accessToken}`)
      .expect(403);
  });

  it('are shown with their circuits, their hour, what is left on their accounts, and the budgets', async () => {
    const { phone } = await sent();
    expect(gateways.taken(phone, ['tencent'])).toHaveLength(1);
    const known = await eventually('balances', async () => {
      const all = await providers();
      return all.filter(({ balance }) => balance !== null).length >= 2 && all;
    });
    expect(known.map(({ name }) => name)).toEqual(['tencent', 'ronglian', 'luosimao']);
    const [tencent, ronglian, luosimao] = known;
    expect(tencent).toMatchObject({
      channels: ['sms'],
      circuit: 'closed',
      probeIn: 0,
      drained: false,
      weight: null,
      configuredWeight: null,
      position: 0,
      lastHour: { sent: expect.any(Number), refused: 0, unknown: 0 },
    });
    expect((tencent.lastHour as { sent: number }).sent).toBeGreaterThan(0);
    expect(ronglian).toMatchObject({ balance: expect.any(Number), balanceUnit: 'minor-units' });
    expect(luosimao).toMatchObject({ balance: expect.any(Number), balanceUnit: 'messages' });
    const { body, headers } = await as(app.api.get('/v1/admin/providers')).expect(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(body.budgets).toEqual([expect.objectContaining({ window: 'day', messagesLimit: 1_000 })]);
    expect(body.budgets[0].messages).toBeGreaterThan(0);
  });

  it('are drained on every instance at once, and used again', async () => {
    const { body } = await change({ name: 'tencent', drained: true }).expect(200);
    expect(body).toMatchObject({ name: 'tencent', drained: true, warning: null });
    await eventually(
      'the word at the other instance',
      async () => (await provider('tencent', other)).drained,
    );
    for (const instance of [app, other]) {
      const { phone } = await sent(newPhone(), 'login', new Journey(instance));
      expect(gateways.taken(phone, ['tencent'])).toHaveLength(0);
      expect(gateways.taken(phone, ['ronglian'])).toHaveLength(1);
    }
    await change({ name: 'tencent', drained: false }).expect(200);
    const { phone } = await sent();
    expect(gateways.taken(phone, ['tencent'])).toHaveLength(1);
    const log = await as(app.api.get('/v1/admin/audit')).query({ actor: admin, limit: 2 }).expect(200);
    expect(log.body.items).toEqual([
      expect.objectContaining({ action: 'provider.resumed', subject: 'tencent', detail: { drained: false } }),
      expect.objectContaining({ action: 'provider.drained', subject: 'tencent', detail: { drained: true } }),
    ]);
  });

  it('can be drained to the last, with a warning of what that means', async () => {
    const all = ['tencent', 'ronglian', 'luosimao'];
    const warnings = [];
    for (const name of all) warnings.push((await change({ name, drained: true }).expect(200)).body.warning);
    try {
      expect(warnings.slice(0, 2)).toEqual([null, null]);
      expect(warnings[2]).toMatch(/No gateway is left for sms/);
      const { body, headers } = await app.api
        .post('/v1/verifications')
        .send({ phone: newPhone(), purpose: 'login' })
        .expect(503);
      // Nobody knows when they will be used again; a person has to do it.
      expect(body).toMatchObject({ code: 'SMS_UNAVAILABLE', retryAfter: 60 });
      expect(headers['retry-after']).toBe('60');
    } finally {
      for (const name of all) await change({ name, drained: false }).expect(200);
    }
    await sent();
  });

  it('are put into another order, whichever moves', async () => {
    await change({ name: 'luosimao', position: 0 }).expect(200);
    expect(await names()).toEqual(['luosimao', 'tencent', 'ronglian']);
    const { phone } = await sent();
    expect(gateways.taken(phone, ['luosimao'])).toHaveLength(1);
    await change({ name: 'luosimao', position: 99 }).expect(200);
    expect(await names()).toEqual(['tencent', 'ronglian', 'luosimao']);
  });

  it('get another share, and have the configured one back', async () => {
    expect((await change({ name: 'ronglian', weight: 7 }).expect(200)).body).toMatchObject({ weight: 7 });
    await eventually(
      'the word at the other instance',
      async () => (await provider('ronglian', other)).weight === 7,
    );
    expect((await change({ name: 'ronglian', weight: null }).expect(200)).body).toMatchObject({
      weight: null,
    });
    expect((await provider('ronglian')).drained).toBe(false);
  });

  it.each([
    [{ name: 'nobody', drained: true }, '#/name'],
    [{ name: 'tencent' }, '#'],
    [{ name: 'tencent', drained: null }, '#'],
    [{ name: 'tencent', drained: 'yes' }, '#/drained'],
    [{ name: 'tencent', weight: -1 }, '#/weight'],
    [{ name: 'tencent', position: 1.5 }, '#/position'],
    [{ name: 'tencent', secretKey: 'x' }, '#/secretKey'],
  ])('say what is wrong with %j', async (request, pointer) => {
    const { body } = await change(request).expect(422);
    expect(body.errors).toEqual([expect.objectContaining({ pointer })]);
  });

  it('show an open circuit, and when it is tried again', async () => {
    await gateways.of('tencent').fault({ kind: 'status', status: 500 });
    for (let turn = 0; turn < 5; turn += 1) await sent();
    const open = await eventually('an open circuit', async () => {
      const tencent = await provider('tencent');
      return tencent.circuit === 'open' && tencent;
    });
    expect(open.probeIn).toBeGreaterThan(0);
    expect((open.lastHour as { unknown: number }).unknown).toBeGreaterThanOrEqual(5);
  });
});

describe('statistics', () => {
  const stats = async (query: object) =>
    (await as(app.api.get('/v1/admin/stats')).query(query).expect(200)).body;
  /** The messages of an hour in which nothing else happened. */
  const QUIET = Math.floor(Date.now() / HOUR_MS - 48) * HOUR_MS;
  const time = { from: new Date(QUIET).toISOString(), to: new Date(QUIET + HOUR_MS).toISOString() };

  beforeAll(async () => {
    const { ciphertext } = await sealed();
    const insert = async (n: number, row: Row) => {
      const id = `${(QUIET + n * 60_000)
        .toString(16)
        .padStart(12, '0')
        .replace(/^(.{8})/, '$1-')}-7000-8000-${String(n).padStart(12, '0')}`;
      const at = new Date(QUIET + n * 60_000);
      await app.dataSource.query(
        `INSERT INTO sms_messages (id, source, purpose, channel, locale, phone_index, phone_ciphertext, segment_index,
           state, provider, send_before, created_at, settled_at, approved_at)
         VALUES ($1, 'direct', $2, 'sms', 'zh', '\\x01', $3, '\\x0102030405060708', $4, $5, $6, $6, $6, $7)`,
        [
          id,
          row.purpose,
          ciphertext,
          row.state,
          row.calls.at(-1)![0],
          at,
          row.approvedAfter === undefined ? null : new Date(at.getTime() + row.approvedAfter),
        ],
      );
      for (const [index, [name, outcome, ms, cost]] of row.calls.entries()) {
        await app.dataSource.query(
          `INSERT INTO sms_attempts (message_id, number, provider, outcome, started_at, finished_at, cost)
           VALUES ($1, $2, $3, $4, $5, $6, $7)`,
          [id, index + 1, name, outcome, at, new Date(at.getTime() + ms), cost],
        );
      }
    };
    await insert(1, {
      purpose: 'login',
      state: 'delivered',
      calls: [['tencent', 'accepted', 100, 5]],
      approvedAfter: 10_000,
    });
    await insert(2, {
      purpose: 'login',
      state: 'accepted',
      calls: [
        ['tencent', 'refused', 300, null],
        ['ronglian', 'accepted', 200, 4],
      ],
      approvedAfter: 20_000,
    });
    await insert(3, { purpose: 'register', state: 'undelivered', calls: [['tencent', 'accepted', 200, 5]] });
    await insert(4, {
      purpose: 'register',
      state: 'unknown',
      calls: [
        ['ronglian', 'unknown', 900, null],
        ['ronglian', 'unknown', 900, null],
      ],
    });
    await insert(5, { purpose: 'login', state: 'accepted', calls: [['test-number', 'accepted', 0, null]] });
  });

  interface Row {
    readonly purpose: string;
    readonly state: string;
    readonly calls: readonly (readonly [
      provider: string,
      outcome: string,
      ms: number,
      cost: number | null,
    ])[];
    readonly approvedAfter?: number;
  }

  async function sealed(): Promise<{ ciphertext: Buffer }> {
    const { phone } = await sent('+8613800130001');
    expect(phone).toBe('+8613800130001');
    const [row] = await app.dataSource.query(
      'SELECT phone_ciphertext AS ciphertext FROM sms_messages ORDER BY id DESC LIMIT 1',
    );
    return row;
  }

  it('count all calls of a time, and what came of them', async () => {
    const { items, truncated, from, to } = await stats(time);
    expect({ from, to, truncated }).toEqual({ ...time, truncated: false });
    expect(items).toEqual([
      {
        provider: null,
        purpose: null,
        segment: null,
        segmentPrefix: null,
        hour: null,
        sent: 6,
        accepted: 3,
        refused: 1,
        unknown: 2,
        delivered: 1,
        undelivered: 1,
        approved: 2,
        conversionRate: 0.5,
        approvalMsMedian: 15_000,
        approvalMsP95: 19_500,
        callMsMedian: 250,
        callMsP95: 900,
        cost: 14,
      },
    ]);
  });

  it('tell gateways apart: what became of a message counts for the gateway that took it', async () => {
    const { items } = await stats({ ...time, by: 'provider' });
    expect(items).toEqual([
      expect.objectContaining({
        provider: 'ronglian',
        sent: 3,
        accepted: 1,
        unknown: 2,
        delivered: 0,
        approved: 1,
        conversionRate: 0.5,
        cost: 4,
      }),
      expect.objectContaining({
        provider: 'tencent',
        sent: 3,
        accepted: 2,
        refused: 1,
        delivered: 1,
        approved: 1,
        conversionRate: 0.5,
        cost: 10,
      }),
    ]);
  });

  it('tell purposes, hours and segments apart, and show no number', async () => {
    const { items } = await stats({ ...time, by: 'hour,purpose,segment' });
    expect(items).toHaveLength(2);
    for (const item of items) {
      expect(item).toMatchObject({
        provider: null,
        hour: time.from,
        segment: '010203040506',
        segmentPrefix: '1380013****',
        sent: 3,
      });
    }
    expect(items.map(({ purpose }: { purpose: string }) => purpose).sort()).toEqual(['login', 'register']);
  });

  it('are those of the last day when no time is named', async () => {
    const { from, to, items } = await stats({});
    expect(Date.parse(to) - Date.parse(from)).toBe(24 * HOUR_MS);
    expect(items[0].sent).toBeGreaterThan(0);
    expect((await stats({ to: '2020-01-01T00:00:00Z', by: 'provider' })).items).toEqual([]);
  });

  it.each([
    [{ from: '2026-01-01T00:00:00Z', to: '2026-01-08T00:00:01Z' }, 'RANGE_TOO_LONG'],
    [{ from: '2026-01-02T00:00:00Z', to: '2026-01-02T00:00:00Z' }, 'RANGE_EMPTY'],
  ])('are not to be had of %j', async (query, code) => {
    const { body } = await as(app.api.get('/v1/admin/stats')).query(query).expect(422);
    expect(body.errors).toEqual([expect.objectContaining({ pointer: '#/from', code })]);
  });

  it.each([{ by: 'phone' }, { from: 'yesterday' }, { to: '2026', from: 'x' }])(
    'say what is wrong with %j',
    async (query) => {
      const { body } = await as(app.api.get('/v1/admin/stats')).query(query).expect(422);
      expect(body.code).toBe('VALIDATION_FAILED');
    },
  );

  it('are for administrators', async () => {
    await app.api.get('/v1/admin/stats').expect(401);
  });
});
