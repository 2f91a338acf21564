import type { Test } from 'supertest';
import { Events } from '../src/common/events';
import { costOf } from './support/cost';
import { eventually } from './support/eventually';
import { Journey, newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly nextCursor: string | null;
}

interface Shown {
  readonly id: string;
  readonly automatic: boolean;
}

const ADMIN = newPhone();
/** The same number as an operator would write it. */
const SPELLED = `0086 ${ADMIN.slice(3, 6)}-${ADMIN.slice(6, 10)}-${ADMIN.slice(10)}`;

describe('a number among ADMIN_PHONES', () => {
  let app: RunningApp;
  let journey: Journey;

  beforeAll(async () => {
    app = await startApp({ ...WIDE, ADMIN_PHONES: `${newPhone()}, ${SPELLED}` });
    journey = new Journey(app);
  });
  afterAll(() => app.stop());

  const audit = (token: string) => app.api.get('/v1/admin/audit').set('Authorization', `Bearer ${token}`);
  const logIn = async (phone: string, createUser = true) =>
    app.api.post('/v1/sessions').send({ grant: 'code', ...(await journey.proven(phone)), createUser });

  it('makes its owner an administrator by the very first token, in whatever way they come', async () => {
    const { body } = (await logIn(ADMIN)) as { body: { accessToken: string; user: object } };
    expect(body.user).toMatchObject({ roles: ['user', 'admin'] });
    await audit(body.accessToken).expect(200);
  });

  it.each(['register', 'ticket'] as const)('does so at registration by %s, too', async (way) => {
    const phone = newPhone();
    const own = await startApp({ ...WIDE, ADMIN_PHONES: phone });
    try {
      const steps = new Journey(own);
      const proof = await steps.proven(phone, 'register');
      const body =
        way === 'register'
          ? proof
          : {
              ticket: (
                await own.api
                  .post(`/v1/verifications/${proof.verificationId}/check`)
                  .send({ code: proof.code })
              ).body.ticket,
            };
      const { accessToken, user, refreshToken } = (await own.api.post('/v1/users').send(body).expect(201))
        .body;
      expect(user.roles).toEqual(['user', 'admin']);
      await own.api.get('/v1/admin/audit').set('Authorization', `Bearer ${accessToken}`).expect(200);
      const refreshed = await own.api.post('/v1/sessions/refresh').send({ refreshToken }).expect(200);
      expect(refreshed.body.user.roles).toEqual(['user', 'admin']);
    } finally {
      await own.stop();
    }
  });

  it('makes one of an account that was there before, and the audit log says so once', async () => {
    const phone = newPhone();
    const before = await new Journey(app).register(phone);
    const later = await startApp({ ...WIDE, ADMIN_PHONES: phone }, app.cluster);
    try {
      const steps = new Journey(later);
      const opened = [];
      for (let turn = 0; turn < 2; turn += 1) {
        const proof = await steps.proven(phone);
        opened.push(
          await later.api
            .post('/v1/sessions')
            .send({ grant: 'code', ...proof })
            .expect(201),
        );
      }
      expect(opened.map(({ body }) => body.user.roles)).toEqual(Array(2).fill(['user', 'admin']));
      const { body } = await audit(opened[0].body.accessToken)
        .query({ action: 'user.role-granted' })
        .expect(200);
      const own = body.items.filter(({ subject }: { subject: string }) => subject === before.userId);
      expect(own).toEqual([
        expect.objectContaining({
          actor: 'system',
          detail: { role: 'admin', phone: `${phone.slice(3, 6)}****${phone.slice(-4)}`, by: 'configuration' },
        }),
      ]);
      expect(JSON.stringify(body)).not.toContain(phone.slice(3));
    } finally {
      await later.stop();
    }
  });

  it('makes none of anybody else, and costs their log-in nothing', async () => {
    const { phone, accessToken } = await journey.register();
    const refused = await audit(accessToken).expect(403);
    expect(refused.body.code).toBe('FORBIDDEN');
    const proof = await journey.proven(phone);
    const { sql, redis } = await costOf(app, () =>
      app.api
        .post('/v1/sessions')
        .send({ grant: 'code', ...proof })
        .expect(201),
    );
    expect(sql.length).toBeLessThanOrEqual(3);
    expect(redis.length).toBeLessThanOrEqual(2);
  });
});

describe('the audit log', () => {
  let app: RunningApp;
  let token: string;

  beforeAll(async () => {
    app = await startApp({ ...WIDE, ADMIN_PHONES: ADMIN });
    token = (await new Journey(app).register(ADMIN)).accessToken;
  });
  afterAll(() => app.stop());

  const audit = (query: object) =>
    app.api.get('/v1/admin/audit').query(query).set('Authorization', `Bearer ${token}`);
  const insert = (days: number, action: string) =>
    app.dataSource.query(
      `INSERT INTO audit_events (id, at, actor, action)
       VALUES (gen_random_uuid(), now() - $1 * interval '1 day', 'system', $2)`,
      [days, action],
    );

  it('is for administrators, is not cached and is limited', async () => {
    const anonymous = await app.api.get('/v1/admin/audit').expect(401);
    expect(anonymous.body.code).toBe('UNAUTHENTICATED');
    const { headers } = await audit({}).expect(200);
    expect(headers['cache-control']).toBe('no-store');
  });

  it('is read by pages, newest first', async () => {
    for (let turn = 0; turn < 5; turn += 1) await insert(0, 'test.paged');
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page: { body: Page } = await audit({ action: 'test.paged', limit: 2, cursor }).expect(200);
      pages.push(page.body.items.map(({ id }) => id));
      cursor = page.body.nextCursor ?? undefined;
    } while (cursor);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual([...pages.flat()].sort().reverse());
  });

  it.each([
    [{ limit: 0 }, '#/limit'],
    [{ limit: 101 }, '#/limit'],
    [{ cursor: 'yesterday' }, '#/cursor'],
    [{ actor: 'me' }, '#/actor'],
    [{ colour: 'red' }, '#/colour'],
  ])('says what is wrong with %j', async (query, pointer) => {
    const { body } = await audit(query).expect(422);
    expect(body.errors).toEqual([expect.objectContaining({ pointer })]);
  });

  it('keeps what was written as it was, until it is old', async () => {
    await insert(0, 'test.young');
    await insert(200, 'test.old');
    for (const statement of [
      `UPDATE audit_events SET action = 'nothing' WHERE action = 'test.young'`,
      `UPDATE audit_events SET at = now() - interval '1 year'`,
      `DELETE FROM audit_events WHERE action = 'test.young'`,
      'TRUNCATE audit_events',
    ]) {
      await expect(app.dataSource.query(statement)).rejects.toThrow(/append-only/);
    }
    await app.dataSource.query(`DELETE FROM audit_events WHERE action = 'test.old'`);
    const kept = await app.dataSource.query(`SELECT action FROM audit_events WHERE action LIKE 'test.%o%'`);
    expect(kept).toEqual([{ action: 'test.young' }]);
  });
});

describe('blocks', () => {
  let app: RunningApp;
  let other: RunningApp;
  let token: string;
  let admin: string;

  const variables = {
    ...WIDE,
    SEGMENT_HOURLY_LIMIT: '50',
    IP_HOURLY_LIMIT: '20',
    TRUSTED_PROXIES: '1',
    ADMIN_PHONES: ADMIN,
  };

  beforeAll(async () => {
    app = await startApp(variables);
    other = await startApp(variables, app.cluster);
    ({ accessToken: token, userId: admin } = await new Journey(app).register(ADMIN));
  });
  afterAll(async () => {
    await other.stop();
    await app.stop();
  });

  const as = (request: Test) => request.set('Authorization', `Bearer ${token}`);
  const start = (phone: string, at = app, address = '203.0.113.9') =>
    at.api.post('/v1/verifications').set('X-Forwarded-For', address).send({ phone, purpose: 'login' });
  const block = (request: object) => as(app.api.post('/v1/admin/blocks')).send(request);
  const inForce = async (): Promise<Shown[]> =>
    (await as(app.api.get('/v1/admin/blocks')).query({ limit: 100 }).expect(200)).body.items;
  const lift = (id: string) => as(app.api.delete(`/v1/admin/blocks/${id}`));
  const done = async (action: string): Promise<Record<string, unknown>[]> =>
    (await as(app.api.get('/v1/admin/audit')).query({ action }).expect(200)).body.items;

  it.each(['get', 'post'] as const)('are for administrators (%s)', async (method) => {
    const { accessToken } = await new Journey(app).register();
    await app.api[method]('/v1/admin/blocks').expect(401);
    const refused = await app.api[method]('/v1/admin/blocks')
      .set('Authorization', `Bearer ${accessToken}`)
      .expect(403);
    expect(refused.body.code).toBe('FORBIDDEN');
  });

  it('keep codes from a number on every instance, until they are lifted', async () => {
    const phone = newPhone();
    const { body } = await block({ kind: 'phone', phone, reason: `a prank on ${phone}`, hours: 2 }).expect(
      201,
    );
    expect(body).toMatchObject({
      kind: 'phone',
      hint: `${phone.slice(3, 6)}****${phone.slice(-4)}`,
      effect: 'block',
      automatic: false,
      createdBy: admin,
    });
    expect(JSON.stringify(body)).not.toContain(phone.slice(3));
    expect(Date.parse(body.expiresAt) - Date.parse(body.createdAt)).toBe(2 * 3_600_000);
    for (const at of [app, other]) {
      const refused = await start(phone, at).expect(429);
      expect(refused.body.code).toBe('SEND_BLOCKED');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(7_000);
    }
    await start(newPhone()).expect(202);
    expect(await inForce()).toEqual([body]);
    await lift(body.id).expect(204);
    await start(phone, other).expect(202);
    expect(await inForce()).toEqual([]);
    await lift(body.id).expect(404);
    expect((await done('block.created'))[0]).toMatchObject({ actor: admin, subject: body.hint });
    expect((await done('block.lifted'))[0]).toMatchObject({ detail: { blockId: body.id } });
  });

  it('add up: of two about one segment the strictest counts, and lifting it leaves the other', async () => {
    const phone = '+8613700010001';
    const about = { kind: 'segment', phone, reason: 'pumping' };
    const strict = await block({ ...about, hours: 1 }).expect(201);
    const lax = await block({ ...about, effect: 'challenge', hours: 9 }).expect(201);
    expect(strict.body.hint).toBe('1370001****');
    expect((await start('+8613700019999').expect(429)).body.code).toBe('SEND_BLOCKED');
    await start('+8613700029999').expect(202);
    await lift(strict.body.id).expect(204);
    const { client, prefix } = app.redis;
    const [held] = await client.keys(`${prefix}*blocked:*`);
    expect(await client.get(held)).toBe('challenge');
    await lift(lax.body.id).expect(204);
    await start('+8613700019999').expect(202);
  });

  it('come back to a Redis that was flushed', async () => {
    const phone = newPhone();
    const { body } = await block({ kind: 'phone', phone, reason: 'fraud', hours: 1 }).expect(201);
    await app.redis.client.del(...(await app.redis.client.keys(`${app.redis.prefix}*blocked:*`)));
    await start(phone).expect(202);
    const third = await startApp(variables, app.cluster);
    try {
      expect((await start(phone).expect(429)).body.code).toBe('SEND_BLOCKED');
    } finally {
      await third.stop();
    }
    await lift(body.id).expect(204);
  });

  it.each([
    [{ kind: 'phone', phone: '12345', reason: 'x', hours: 1 }, '#/phone'],
    [{ kind: 'city', phone: '13800138000', reason: 'x', hours: 1 }, '#/kind'],
    [{ kind: 'phone', phone: '13800138000', reason: 'x', hours: 0 }, '#/hours'],
    [{ kind: 'phone', phone: '13800138000', reason: '', hours: 1 }, '#/reason'],
    [{ kind: 'phone', phone: '13800138000', reason: 'a\u0000b', hours: 1 }, '#/reason'],
    [{ kind: 'phone', phone: '13800138000', reason: 'x', hours: 1, effect: 'record' }, '#/effect'],
  ])('say what is wrong with %j', async (request, pointer) => {
    const { body } = await block(request).expect(422);
    expect(body.errors).toEqual([expect.objectContaining({ pointer })]);
  });

  it.each(['019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10', 'nonsense'])('know no block %s', async (id) => {
    expect((await lift(id).expect(404)).body.code).toBe('NOT_FOUND');
  });

  it('appear by themselves when a segment is pumped, and end with a word of the operator (B5)', async () => {
    const told: unknown[] = [];
    app.app.get(Events, { strict: false }).on('sms.blocked', ({ data }) => told.push(data));
    other.app.get(Events, { strict: false }).on('sms.blocked', ({ data }) => told.push(data));
    const number = (turn: number) => `+86137005${String(turn).padStart(5, '0')}`;
    const answers = [];
    for (let turn = 0; turn < 300; turn += 20) {
      answers.push(
        ...(await Promise.all(
          Array.from({ length: 20 }, (_, step) => {
            const address = `198.51.${Math.floor((turn + step) / 250)}.${(turn + step) % 250}`;
            return start(number(turn + step), step % 2 ? app : other, address);
          }),
        )),
      );
    }
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(50);
    expect(refused.map(({ body }) => body.code)).toEqual(Array(250).fill('SEGMENT_HOURLY_LIMIT'));
    await start('+8613700619999', app, '198.51.9.1').expect(202);

    expect(told).toEqual([
      { kind: 'segment', effect: 'block', subject: '1370050****', sends: 50, verified: 0 },
    ]);
    const automatic = await eventually('a block of the segment', async () => {
      const [newest] = await inForce();
      return newest?.automatic && newest;
    });
    expect(automatic).toMatchObject({ kind: 'segment', hint: '1370050****', createdBy: 'system' });
    await lift(automatic.id).expect(204);
    await start(number(301), other, '198.51.9.2').expect(202);
    expect(await inForce()).toEqual([]);
  });

  it('appear, and are told of, when it is a resend that is one too many', async () => {
    const strict = await startApp({ ...variables, SEGMENT_HOURLY_LIMIT: '2' });
    try {
      const steps = new Journey(strict);
      const { accessToken } = await steps.register(ADMIN);
      const told: unknown[] = [];
      strict.app.get(Events, { strict: false }).on('sms.blocked', ({ data }) => told.push(data));
      const verificationId = await steps.start('+8613700710001');
      await steps.start('+8613700710002');
      const refused = await strict.api
        .post(`/v1/verifications/${verificationId}/resend`)
        .send({})
        .expect(429);
      expect(refused.body.code).toBe('SEGMENT_HOURLY_LIMIT');
      expect(told).toEqual([expect.objectContaining({ subject: '1370071****', sends: 2 })]);
      const [block] = await eventually('a block of the segment', async () => {
        const { body } = await strict.api
          .get('/v1/admin/blocks')
          .set('Authorization', `Bearer ${accessToken}`)
          .expect(200);
        return body.items.length > 0 && body.items;
      });
      expect(block).toMatchObject({ automatic: true, hint: '1370071****' });
    } finally {
      await strict.stop();
    }
  });

  it('that were lifted are gone, though Redis has not heard of it', async () => {
    const phone = newPhone();
    const { body } = await block({ kind: 'phone', phone, reason: 'fraud', hours: 1 }).expect(201);
    const { client, prefix } = app.redis;
    const [held] = await client.keys(`${prefix}*blocked:*`);
    await lift(body.id).expect(204);
    await client.set(held, 'block', 'PX', 60_000);
    await start(phone).expect(429);
    const third = await startApp(variables, app.cluster);
    try {
      await start(phone).expect(202);
    } finally {
      await third.stop();
    }
  });

  it('of a segment hold when Redis has forgotten what was counted of it', async () => {
    const number = (turn: number) => `+86137006${String(turn).padStart(5, '0')}`;
    for (let turn = 0; turn <= 50; turn += 1) await start(number(turn), app, `198.52.0.${turn}`);
    await eventually('a block of the segment', async () => (await inForce())[0]?.automatic);
    await app.redis.client.del(...(await app.redis.client.keys(`${app.redis.prefix}*segment*`)));
    const third = await startApp(variables, app.cluster);
    try {
      expect((await start(number(99)).expect(429)).body.code).toBe('SEND_BLOCKED');
      await lift((await inForce())[0].id).expect(204);
      await start(number(99)).expect(202);
    } finally {
      await third.stop();
    }
  });
});

describe("a number's limits", () => {
  let app: RunningApp;
  let token: string;

  beforeAll(async () => {
    app = await startApp({
      ...WIDE,
      RESEND_COOLDOWN: '60',
      PHONE_HOURLY_LIMIT: '1',
      PHONE_DAILY_LIMIT: '2',
      ADMIN_PHONES: ADMIN,
    });
    token = (await new Journey(app).register(ADMIN)).accessToken;
  });
  afterAll(() => app.stop());

  const lift = (phone: string) =>
    app.api.delete('/v1/admin/limits').query({ phone }).set('Authorization', `Bearer ${token}`);
  const start = (phone: string) => app.api.post('/v1/verifications').send({ phone, purpose: 'login' });

  it('are lifted by an operator in any spelling, all but the day that the outbox counts', async () => {
    const phone = newPhone();
    await start(phone).expect(202);
    await start(phone).expect(429);
    await lift(`0086${phone.slice(3)}`).expect(204);
    await start(phone).expect(202);
    await lift(phone).expect(204);
    expect((await start(phone).expect(429)).body.code).toBe('PHONE_DAILY_LIMIT');
    const { body } = await app.api
      .get('/v1/admin/audit')
      .query({ action: 'limits.lifted' })
      .set('Authorization', `Bearer ${token}`);
    expect(body.items).toHaveLength(2);
    expect(JSON.stringify(body)).not.toContain(phone.slice(3));
  });

  it('are for administrators, and need a number', async () => {
    await app.api.delete('/v1/admin/limits').expect(401);
    const { body } = await lift('nobody').expect(422);
    expect(body.errors[0].pointer).toBe('#/phone');
  });
});

describe("the operators' API", () => {
  it('counts requests before it looks at their tokens', async () => {
    const app = await startApp({ ...WIDE, THROTTLE_PER_MINUTE: '2' });
    const guess = () => app.api.get('/v1/admin/audit').set('Authorization', 'Bearer guess');
    await guess().expect(401);
    await guess().expect(401);
    await guess().expect(429);
    await app.stop();
  });
});
