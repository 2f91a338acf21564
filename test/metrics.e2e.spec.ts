import { Test } from '@nestjs/testing';
import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Events } from '../src/common/events';
import type { AttemptFacts } from '../src/sms/sms-events';
import { MetricsModule } from '../src/ops/metrics.module';
import { MetricsServer } from '../src/ops/metrics.server';
import { eventually } from './support/eventually';
import { type Family, parseExposition, valueOf } from './support/exposition';
import { Gateways } from './support/gateways';
import { Journey, newPhone, otherThan } from './support/journey';
import { picture } from './support/pictures';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { TcpProxy } from './support/tcp-proxy';
import { sendWith, type Ticket } from './support/uploads-host';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const TOKEN = 'scrape-3f9d2c71b0';
const ANY_PORT = { METRICS_PORT: '0' };

/** Of every application of these specs, the ones that are stopped when it ends. */
const running: { stop(): Promise<void> }[] = [];
const start = async (variables: Record<string, string>): Promise<RunningApp> => {
  const app = await startApp({ ...WIDE, ...variables });
  running.push(app);
  return app;
};
afterEach(async () => {
  for (const each of running.splice(0).reverse()) await each.stop();
});

/** Reads the port that metrics have of their own. */
async function scrape(app: RunningApp): Promise<{ text: string; families: Map<string, Family> }> {
  const { port } = app.app.get(MetricsServer, { strict: false }).address!;
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(response.status).toBe(200);
  const text = await response.text();
  return { text, families: parseExposition(text) };
}

describe('What happens', () => {
  it('is counted, from the request to the gateway and back', async () => {
    const gateways = await Gateways.start();
    running.push(gateways);
    const app = await start({ ...gateways.variables(['luosimao', 'tencent']), ...ANY_PORT });
    await gateways.of('luosimao').fault({ kind: 'refuse', code: '-20' }, 1);
    const phone = newPhone();
    const id = await new Journey(app).start(phone, 'login');
    const { code } = await eventually('a message', () => gateways.taken(phone)[0]);

    await app.api
      .post(`/v1/verifications/${id}/check`)
      .send({ code: otherThan(code) })
      .expect(422);
    await app.api.post(`/v1/verifications/${id}/check`).send({ code }).expect(200);
    await app.api.post(`/v1/verifications/${id}/check`).send({ code }).expect(410);
    await app.api.get(`/v1/nothing/${phone}`).expect(404);

    const { families, text } = await eventually('settled outbox', async () => {
      const seen = await scrape(app);
      return valueOf(seen.families, 'sms_outbox_pending') === 0 && seen;
    });
    const login = { purpose: 'login', country: 'CN' };
    const attempts = (provider: string, outcome: string) =>
      valueOf(families, 'sms_attempts_total', { ...login, provider, outcome });
    expect(attempts('luosimao', 'refused')).toBe(1);
    expect(attempts('tencent', 'accepted')).toBe(1);
    expect(valueOf(families, 'sms_provider_request_duration_seconds_count', { provider: 'tencent' })).toBe(1);
    const checks = (result: string) =>
      valueOf(families, 'otp_verifications_total', { purpose: 'login', result });
    expect([checks('mismatch'), checks('matched'), checks('used')]).toEqual([1, 1, 1]);
    const requests = (labels: object) =>
      valueOf(families, 'http_server_request_duration_seconds_count', { ...labels });
    expect(requests({ method: 'POST', route: '/v1/verifications', status: '202' })).toBe(1);
    expect(requests({ route: '/v1/verifications/:verificationId/check', status: '422' })).toBe(1);
    expect(requests({ route: '_OTHER', status: '404' })).toBe(1);
    expect(valueOf(families, 'sms_provider_circuit_state', { provider: 'luosimao' })).toBe(0);
    expect(valueOf(families, 'gatecode_store_up', { store: 'database' })).toBe(1);
    expect(valueOf(families, 'gatecode_store_up', { store: 'redis' })).toBe(1);
    expect(valueOf(families, 'nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
    for (const secret of [phone, phone.slice(3), phone.slice(-8), code, id])
      expect(text.includes(`"${secret}`) || text.includes(`/${secret}`)).toBe(false);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  it('is counted by as many labels as there are, and no more', async () => {
    const app = await start(ANY_PORT);
    const events = app.app.get(Events, { strict: false });
    const facts: AttemptFacts = {
      messageId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10',
      reference: null,
      purpose: 'login',
      channel: 'sms',
      country: 'CN',
      provider: 'inbox',
      number: 1,
      vendorCode: '0',
      durationMs: 250,
    };
    for (let shop = 0; shop < 500; shop += 1)
      events.emit('sms.attempt.accepted', { ...facts, purpose: `shop-${shop}`, segments: 1, cost: 4 });
    events.emit('sms.attempt.accepted', { ...facts, purpose: 'delete_account', segments: 1, cost: null });
    const { families } = await scrape(app);
    const purposes = families.get('sms_attempts_total')!.samples;
    expect(purposes.length).toBeLessThan(60);
    const count = (purpose: string) => valueOf(families, 'sms_attempts_total', { purpose });
    expect([count('shop-1'), count('shop-499'), count('other')]).toEqual([1, undefined, 450]);
    expect(count('delete_account')).toBe(1);
    expect(valueOf(families, 'sms_cost_minor_units_total', { provider: 'inbox', currency: 'CNY' })).toBe(
      2000,
    );
    expect(valueOf(families, 'sms_provider_request_duration_seconds_sum')).toBeCloseTo(501 * 0.25);
  });

  it('to gateways, receipts, blocks and tokens is counted too', async () => {
    const app = await start(ANY_PORT);
    const events = app.app.get(Events, { strict: false });
    const message = {
      messageId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10',
      reference: null,
      purpose: 'login',
      channel: 'sms',
      country: 'CN',
    };
    const provider = 'tencent';
    events.emit('sms.receipt', { ...message, provider, status: 'undelivered', vendorCode: 'MK:0001' });
    events.emit('sms.circuit.changed', { provider, state: 'open' });
    const attempt = {
      ...message,
      provider,
      number: 1,
      vendorCode: 'Surprise',
      durationMs: 1,
      next: 'refused',
    };
    for (const refusal of ['U', 'B', 'U'] as const)
      events.emit('sms.attempt.refused', { ...attempt, refusal });
    const blocked = { subject: '1380013****', sends: 50, verified: 0 };
    events.emit('sms.blocked', { ...blocked, kind: 'segment', effect: 'block' });

    const { refreshToken } = await new Journey(app).register();
    const refresh = () => app.api.post('/v1/sessions/refresh').send({ refreshToken });
    await refresh().expect(200);
    await app.dataSource.query(`UPDATE sessions SET rotated_at = now() - interval '1 hour'`);
    await refresh().expect(401);

    const { families } = await scrape(app);
    expect(valueOf(families, 'sms_delivery_reports_total', { provider, status: 'undelivered' })).toBe(1);
    expect(valueOf(families, 'sms_provider_circuit_state', { provider })).toBe(2);
    expect(valueOf(families, 'sms_unknown_codes_total', { provider })).toBe(2);
    expect(valueOf(families, 'sms_blocked_total', { kind: 'segment', effect: 'block' })).toBe(1);
    expect(valueOf(families, 'auth_refresh_reuse_detected_total')).toBe(1);
  });
});

describe('A budget', () => {
  it('is told by the share that is used', async () => {
    const app = await start({ ...ANY_PORT, SMS_DAILY_BUDGET: '4' });
    const journey = new Journey(app);
    await journey.sent(await journey.start(newPhone()));
    const { families } = await scrape(app);
    expect(valueOf(families, 'sms_budget_used_ratio', { window: 'day', kind: 'messages' })).toBe(0.25);
    expect(families.get('sms_budget_used_ratio')?.samples).toHaveLength(1);
  });
});

describe('The outbox', () => {
  it('is told by its length and the age of its oldest message', async () => {
    const app = await start(ANY_PORT);
    await app.dataSource.query(
      `INSERT INTO sms_messages (id, source, purpose, channel, locale, phone_index, phone_ciphertext, state,
                                 lease_until, send_before, created_at)
       SELECT gen_random_uuid(), 'direct', 'login', 'sms', 'zh', '\\x00', '\\x00', 'calling',
              now() + interval '1 hour', now() + interval '1 hour', now() - n * interval '40 seconds'
       FROM generate_series(1, 3) n`,
    );
    const { families } = await scrape(app);
    expect(valueOf(families, 'sms_outbox_pending')).toBe(3);
    expect(Math.round(valueOf(families, 'sms_outbox_oldest_age_seconds')! / 10)).toBe(12);
  });
});

describe('Uploads', () => {
  it('are counted from leave to outcome, with the calls of their store and what has to go', async () => {
    const app = await start(ANY_PORT);
    const { accessToken } = await new Journey(app).register();
    const post = (path: string, body: object = {}) =>
      app.api.post(`/v1/uploads${path}`).set('Authorization', `Bearer ${accessToken}`).send(body);
    const uploaded = async (bytes: Buffer): Promise<string> => {
      const wanted = { purpose: 'avatar', contentType: 'image/png', contentLength: bytes.length };
      const ticket = (await post('', wanted).expect(201)).body as Ticket;
      expect((await sendWith(ticket, bytes, 'image/png')).ok).toBe(true);
      return ticket.uploadId;
    };
    const good = await uploaded(await picture());
    await post(`/${good}/complete`).expect(200);
    await post(`/${await uploaded(Buffer.from('<svg onload="alert(1)"/>'))}/complete`).expect(422);
    const form = app.api.post('/v1/uploads/form').set('Authorization', `Bearer ${accessToken}`);
    const huge = Buffer.alloc(5 * 1024 * 1024 + 1);
    await form.attach('file', huge, { filename: 'me.png', contentType: 'image/png' }).expect(413);
    const lost = await uploaded(await picture());
    const folder = join(app.cluster.dataDir!, 'storage', 'objects');
    await rename(folder, `${folder}-unmounted`);
    await post(`/${lost}/complete`).expect(503);
    await app.dataSource.query(
      `INSERT INTO object_deletions (store, key, created_at, again_at, due_at) VALUES
         ('elsewhere', 'avatar/00/a/raw.png', now() - interval '2 hours', NULL, now() - interval '2 hours'),
         ('elsewhere', 'avatar/00/b/raw.png', now() - interval '5 hours', now() - interval '1 hour', now() - interval '1 hour'),
         ('elsewhere', 'avatar/00/c/raw.png', now() - interval '9 hours', now() + interval '1 hour', now() + interval '1 hour')`,
    );

    const { families, text } = await scrape(app);
    const settled = (outcome: string, reason?: string) =>
      valueOf(families, 'uploads_settled_total', { purpose: 'avatar', outcome, ...(reason && { reason }) });
    expect(valueOf(families, 'uploads_begun_total', { purpose: 'avatar' })).toBe(4);
    expect([settled('ready'), settled('rejected', 'not-an-image')]).toEqual([1, 1]);
    expect(settled('expired', 'upload-too-large')).toBe(1);
    const calls = (operation: string, outcome: string) =>
      valueOf(families, 'storage_call_duration_seconds_count', { store: 'local', operation, outcome });
    expect([calls('ticket', 'ok'), calls('put', 'ok'), calls('get', 'ok')]).toEqual([3, 4, 3]);
    expect([calls('stat', 'ok'), calls('stat', 'failed')]).toEqual([2, 1]);
    const why = { store: 'local', operation: 'stat', fault: 'misconfigured' };
    expect(valueOf(families, 'storage_call_failures_total', why)).toBe(1);
    expect(valueOf(families, 'storage_deletions_pending')).toBe(2);
    expect(Math.round(valueOf(families, 'storage_deletions_oldest_age_seconds')! / 60)).toBe(120);
    for (const secret of [accessToken, good, lost, 'avatar/']) expect(text).not.toContain(secret);
  });
});

describe('With PostgreSQL paused', () => {
  it('a scrape answers in time, without what it can not know', async () => {
    const proxy = await TcpProxy.before(process.env.DATABASE_URL!);
    running.push({ stop: () => proxy.stop() });
    const app = await startBehind(proxy);
    expect(valueOf((await scrape(app)).families, 'sms_outbox_pending')).toBe(0);
    proxy.freeze();
    // The first answers are a second old at most, and may still be those from before.
    const { families } = await eventually('word of the outage', async () => {
      const startedAt = performance.now();
      const seen = await scrape(app);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      return valueOf(seen.families, 'gatecode_store_up', { store: 'database' }) === 0 && seen;
    });
    expect(valueOf(families, 'gatecode_store_up', { store: 'redis' })).toBe(1);
    expect(valueOf(families, 'sms_outbox_pending')).toBeUndefined();
    expect(valueOf(families, 'sms_outbox_oldest_age_seconds')).toBeUndefined();
    await proxy.heal();
    await eventually('the outbox again', async () => {
      const seen = await scrape(app);
      return valueOf(seen.families, 'sms_outbox_pending') === 0;
    });
  });

  async function startBehind(proxy: TcpProxy): Promise<RunningApp> {
    const { createScratchDatabase } = await import('./support/scratch-database.js');
    const { randomBytes } = await import('node:crypto');
    const direct = await createScratchDatabase();
    running.push({ stop: () => direct.drop() });
    const database = { url: proxy.through(direct.url), drop: () => Promise.resolve() };
    const cluster = {
      database,
      redisPrefix: `test-${randomBytes(6).toString('hex')}:`,
      secretKey: randomBytes(32),
    };
    const app = await startApp({ ...WIDE, ...ANY_PORT }, cluster);
    running.push(app);
    return app;
  }
});

describe('The metrics', () => {
  it('are for the bearer of the token, on the port of the API', async () => {
    const app = await start({ METRICS_TOKEN: TOKEN });
    const read = (authorization: string) => app.api.get('/metrics').set('Authorization', authorization);
    const answer = await read(`Bearer ${TOKEN}`).expect(200);
    expect(answer.headers['content-type']).toBe(TEXT);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(valueOf(parseExposition(answer.text), 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
    const refused = await read('Bearer another-token-entirely').expect(401);
    expect(refused.body.code).toBe('TOKEN_INVALID');
    const anonymous = await app.api.get('/metrics').expect(401);
    expect(anonymous.body.code).toBe('UNAUTHENTICATED');
    expect(anonymous.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(refused.text + anonymous.text).not.toContain(TOKEN);
  });

  it('are not throttled', async () => {
    const app = await start({ METRICS_TOKEN: TOKEN, THROTTLE_PER_MINUTE: '1' });
    for (let times = 0; times < 5; times += 1) {
      const answer = await app.api.get('/metrics').set('Authorization', `Bearer ${TOKEN}`).expect(200);
      expect(answer.headers).not.toHaveProperty('ratelimit');
    }
  });

  it('are hidden in production, unless configured', async () => {
    const app = await start({ ...PRODUCTION });
    const hidden = await app.api.get('/metrics').expect(404);
    expect(hidden.body.code).toBe('NOT_FOUND');
  });

  it('are hidden in production on the port of the API when they have one of their own', async () => {
    const app = await start({ ...PRODUCTION, ...ANY_PORT });
    await app.api.get('/metrics').expect(404);
    expect((await scrape(app)).families.size).toBeGreaterThan(20);
  });

  it('are shown to this machine in development, and to nobody whom a proxy speaks for', async () => {
    const app = await start({});
    expect((await app.api.get('/metrics').expect(200)).headers['content-type']).toBe(TEXT);
    await app.api.get('/metrics').set('X-Forwarded-For', '203.0.113.7').expect(404);
  });

  it('have nothing beside them on their own port', async () => {
    const app = await start(ANY_PORT);
    const { port, address } = app.app.get(MetricsServer, { strict: false }).address!;
    expect(address).toBe('127.0.0.1');
    const own = (path: string, method = 'GET') =>
      fetch(`http://127.0.0.1:${port}${path}`, { method }).then(({ status }) => status);
    expect(await own('/v1/policies')).toBe(404);
    expect(await own('/metrics', 'POST')).toBe(405);
    expect(await own('/metrics', 'HEAD')).toBe(200);
  });

  it('stop the start when their port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const metrics = MetricsModule.forRoot({ port });
    const app = (await Test.createTestingModule({ imports: [metrics] }).compile()).createNestApplication();
    await expect(app.init()).rejects.toThrow('EADDRINUSE');
    await app.close();
    other.close();
  });
});

/** What production asks for. Its gateway is never called here. */
const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://unused/unused',
  REDIS_URL: process.env.REDIS_URL!,
  SECRET_KEY: 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=',
  SMS_PROVIDERS: 'luosimao',
  LUOSIMAO_API_KEY: 'f3a91c0b7e2d4856',
  LUOSIMAO_SIGNATURE: '甲乙丙丁',
  CAPTCHA_MODE: 'always',
  ...Object.fromEntries(
    Object.keys(WIDE)
      .filter((name) => name !== 'CAPTCHA_MODE')
      .map((name) => [name, '100']),
  ),
};
