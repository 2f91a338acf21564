import { costOf } from './support/cost';
import { Journey, newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly nextCursor: string | null;
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
