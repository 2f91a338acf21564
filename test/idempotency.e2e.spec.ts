import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Response } from 'supertest';
import { eventually } from './support/eventually';
import { Journey, newPhone, otherThan } from './support/journey';
import { createScratchDatabase } from './support/scratch-database';
import { buildIfNeeded, ServiceProcess } from './support/service-process';
import { type Cluster, type RunningApp, startApp, WIDE } from './support/start-app';

// Clients are told apart by what the one trusted proxy writes.
const ENV = { ...WIDE, RESEND_COOLDOWN: '60', TRUSTED_PROXIES: '1' };

let app: RunningApp;
let other: RunningApp;
/** The same service without a cool-down. */
let calm: RunningApp;
let journey: Journey;

beforeAll(async () => {
  app = await startApp(ENV);
  other = await startApp(ENV, app.cluster);
  calm = await startApp({ ...ENV, RESEND_COOLDOWN: '0' }, app.cluster);
  journey = new Journey(calm);
});
afterAll(async () => {
  await calm.stop();
  await other.stop();
  await app.stop();
});

type Method = 'post' | 'put' | 'patch' | 'delete';
interface Ask {
  readonly at?: RunningApp;
  readonly method?: Method;
  readonly token?: string;
  readonly from?: string;
}

async function ask(
  key: string | undefined,
  path: string,
  body?: object,
  { at = app, method = 'post', token, from = '203.0.113.7' }: Ask = {},
): Promise<Response> {
  const call = at.api[method](`/v1/${path}`).set('X-Forwarded-For', from).buffer(true);
  if (key !== undefined) void call.set('Idempotency-Key', key);
  if (token !== undefined) void call.set('Authorization', `Bearer ${token}`);
  return body ? call.send(body) : call;
}

const start = (key: string, phone: string, how?: Ask) =>
  ask(key, 'verifications', { phone, purpose: 'login' }, how);

/** What a repetition has in common with the first answer. */
function lasting({ status, headers, text }: Response) {
  const ofTheExchange = ['date', 'x-request-id', 'ratelimit', 'idempotency-replayed'];
  const rest = Object.entries(headers as Record<string, string>).filter(
    ([name]) => !ofTheExchange.includes(name),
  );
  return { status, headers: Object.fromEntries(rest), text };
}

function expectReplay(again: Response, first: Response): void {
  expect(lasting(again)).toEqual(lasting(first));
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect(first.headers).not.toHaveProperty('idempotency-replayed');
  expect(again.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
}

async function messagesTo(phone: string): Promise<unknown[]> {
  const rows = await app.dataSource.query('SELECT count(*)::int AS many FROM sms_messages');
  expect(rows[0].many).toBeGreaterThan(0);
  const { body } = await app.api.get('/dev/messages').query({ to: phone }).expect(200);
  return body.items;
}

describe('a request that is repeated with its Idempotency-Key', () => {
  it('sends one message, and is answered byte for byte as before, on another instance too', async () => {
    const phone = newPhone();
    const key = randomUUID();
    const first = await start(key, phone);
    expect(first.status).toBe(202);
    await journey.sent(first.body.verificationId);
    for (const at of [app, other]) expectReplay(await start(key, phone, { at }), first);
    expect(await messagesTo(phone)).toHaveLength(1);
    // It is the key that does it.
    expect((await start(randomUUID(), phone)).status).toBe(429);
  });

  it('is carried out once, however many come at once on two instances', async () => {
    const phone = newPhone();
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => start(key, phone, { at: turn % 2 ? app : other })),
    );
    const accepted = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status !== 202);
    expect(accepted.filter(({ headers }) => !headers['idempotency-replayed'])).toHaveLength(1);
    expect(new Set(accepted.map(({ text }) => text)).size).toBe(1);
    for (const { body, headers } of refused) {
      expect(body.code).toBe('IDEMPOTENCY_IN_FLIGHT');
      expect(headers['retry-after']).toBe('1');
    }
    await journey.sent(accepted[0].body.verificationId);
    expect(await messagesTo(phone)).toHaveLength(1);
  });

  it('asks for no captcha and no send of the address again', async () => {
    const limits = { ...ENV, IP_HOURLY_LIMIT: '2', CAPTCHA_MODE: 'risk' };
    const limited = await startApp(limits, app.cluster);
    const from = '203.0.113.200';
    const key = randomUUID();
    const phone = newPhone();
    const first = await start(key, phone, { at: limited, from });
    for (let turn = 0; turn < 3; turn += 1)
      expectReplay(await start(key, phone, { at: limited, from }), first);
    expect((await start(randomUUID(), newPhone(), { at: limited, from })).status).toBe(202);
    await limited.stop();
  });

  it.each([
    ['body', 'verifications', (phone: string) => ({ phone, purpose: 'register' })],
    ['path', 'captchas', () => ({ kind: 'pow' })],
  ])('but has another %s is 422', async (_, path, bodyOf) => {
    const phone = newPhone();
    const key = randomUUID();
    const first = await start(key, phone);
    const reused = await ask(key, path, bodyOf(phone), { at: other });
    expect(reused.status).toBe(422);
    expect(reused.body.code).toBe('IDEMPOTENCY_KEY_REUSED');
    expectReplay(await start(key, phone), first);
  });

  it('may write its body in another order', async () => {
    const phone = newPhone();
    const key = randomUUID();
    const first = await start(key, phone);
    expectReplay(await ask(key, 'verifications', { purpose: 'login', phone }), first);
  });

  it('of another client is carried out for that one', async () => {
    const key = randomUUID();
    const one = await start(key, newPhone());
    const two = await start(key, newPhone(), { from: '198.51.100.9' });
    expect([one.status, two.status]).toEqual([202, 202]);
    expect(two.body.verificationId).not.toBe(one.body.verificationId);
  });

  it('with a malformed key is 400', async () => {
    const malformed = await start('two words', newPhone());
    expect(malformed.status).toBe(400);
    expect(malformed.body.code).toBe('IDEMPOTENCY_KEY_INVALID');
  });

  it('after a wrong code uses no second attempt', async () => {
    const { verificationId, code } = await journey.proven(newPhone());
    const path = `verifications/${verificationId}/check`;
    const key = randomUUID();
    const wrong = { code: otherThan(code) };
    const first = await ask(key, path, wrong);
    expect(first.body).toMatchObject({ code: 'CODE_MISMATCH', attemptsRemaining: 4 });
    expectReplay(await ask(key, path, wrong, { at: other }), first);
    const { body } = await app.api.get(`/v1/verifications/${verificationId}`).expect(200);
    expect(body.attemptsRemaining).toBe(4);
  });

  it('after the right one gets its ticket again', async () => {
    const { verificationId, code } = await journey.proven(newPhone(), 'register');
    const path = `verifications/${verificationId}/check`;
    const key = randomUUID();
    const first = await ask(key, path, { code });
    expect(first.body).toHaveProperty('ticket');
    expectReplay(await ask(key, path, { code }, { at: other }), first);
    expect((await ask(randomUUID(), path, { code })).status).toBe(410);
  });

  it('after a refusal that passes is tried again', async () => {
    const phone = newPhone();
    await start(randomUUID(), phone);
    const key = randomUUID();
    expect((await start(key, phone)).status).toBe(429);
    const again = await start(key, phone);
    expect(again.status).toBe(429);
    expect(again.headers).not.toHaveProperty('idempotency-replayed');
    expect((await start(key, phone, { at: calm })).status).toBe(202);
  });

  it('that was turned away can be corrected', async () => {
    const key = randomUUID();
    expect((await ask(key, 'verifications', { purpose: 'oops' })).status).toBe(422);
    expect((await ask(key, 'verifications', { phone: newPhone(), purpose: 'login' })).status).toBe(202);
  });
});

describe('an account, with an Idempotency-Key', () => {
  it('is made once, and its tokens are given again, never to be cached', async () => {
    const proof = await journey.proven(newPhone(), 'register');
    const key = randomUUID();
    const first = await ask(key, 'users', proof);
    expect(first.status).toBe(201);
    const again = await ask(key, 'users', proof, { at: other });
    expectReplay(again, first);
    expect(again.body.refreshToken).toBe(first.body.refreshToken);
    expect(again.headers['cache-control']).toBe('no-store');
    await app.api.get('/v1/users/me').set('Authorization', `Bearer ${again.body.accessToken}`).expect(200);
  });

  it('is signed in once when the answer to a code was lost', async () => {
    const { phone, userId } = await journey.register();
    const proof = await journey.proven(phone);
    const body = { grant: 'code', ...proof };
    const key = randomUUID();
    const first = await ask(key, 'sessions', body);
    expect(first.status).toBe(201);
    const again = await ask(key, 'sessions', body, { at: other });
    expectReplay(again, first);
    const [{ many }] = await app.dataSource.query(
      'SELECT count(*)::int AS many FROM sessions WHERE user_id = $1',
      [userId],
    );
    expect(many).toBe(2); // the one of the registration, and this one
  });

  it('refreshes once, also when the grace is over', async () => {
    const graceless = await startApp({ ...ENV, REFRESH_REUSE_GRACE: '0' }, app.cluster);
    const { refreshToken } = await journey.register();
    const key = randomUUID();
    const first = await ask(key, 'sessions/refresh', { refreshToken }, { at: graceless });
    expect(first.status).toBe(200);
    expectReplay(await ask(key, 'sessions/refresh', { refreshToken }, { at: graceless }), first);
    // Whoever has the token and not the key is a thief as before.
    expect((await ask(randomUUID(), 'sessions/refresh', { refreshToken }, { at: graceless })).status).toBe(
      401,
    );
    await graceless.stop();
  });

  it('is the same caller with a new token and from another address; nobody else is', async () => {
    const ada = await journey.register();
    const { body: fresh } = await app.api
      .post('/v1/sessions/refresh')
      .send({ refreshToken: ada.refreshToken });
    const key = randomUUID();
    const change = { nickname: 'Ada' };
    const how = { method: 'patch', token: ada.accessToken } as const;
    const first = await ask(key, 'users/me', change, how);
    expect(first.status).toBe(200);
    const again = await ask(key, 'users/me', change, {
      ...how,
      token: fresh.accessToken,
      from: '198.51.100.77',
      at: other,
    });
    expectReplay(again, first);

    const eve = await journey.register();
    const hers = await ask(key, 'users/me', change, { ...how, token: eve.accessToken });
    expect(hers.body.id).toBe(eve.userId);
    expect((await ask(key, 'users/me', change, { ...how, token: 'none' })).status).toBe(401);
  });

  it('is changed once the proof is there that was missing', async () => {
    const { accessToken: token, phone } = await journey.register();
    const key = randomUUID();
    const leave = () => ask(key, 'users/me', undefined, { method: 'delete', token });
    expect((await leave()).body.code).toBe('STEP_UP_REQUIRED');
    const verificationId = await journey.start(phone, 'step_up', token);
    await journey.sent(verificationId);
    const proof = { verificationId, code: await journey.code(phone) };
    expect((await ask(undefined, 'step-ups', proof, { token })).status).toBe(200);
    expect((await leave()).status).toBe(202);
  });

  it('is registered in steps whose answers can be had again from anywhere', async () => {
    const phone = newPhone();
    const startKey = randomUUID();
    const started = await ask(startKey, 'registrations', { phone });
    expect(started.status).toBe(202);
    expectReplay(await ask(startKey, 'registrations', { phone }, { at: other }), started);
    const { registrationId, registrationToken: token, verificationId } = started.body;
    await journey.sent(verificationId);
    const steps = [
      ['phone', { code: await journey.code(phone) }],
      ['password', { password: 'wending-lakes-at-noon' }],
      ['profile', { nickname: 'Lake' }],
    ] as const;
    for (const [step, body] of steps) {
      const key = randomUUID();
      const path = `registrations/${registrationId}/${step}`;
      const first = await ask(key, path, body, { method: 'put', token });
      expect(first.status).toBe(200);
      const from = '198.51.100.78';
      expectReplay(await ask(key, path, body, { method: 'put', token, from, at: other }), first);
    }
    const key = randomUUID();
    const path = `registrations/${registrationId}/complete`;
    const first = await ask(key, path, {}, { token });
    expect(first.status).toBe(201);
    const again = await ask(key, path, {}, { token, from: '198.51.100.78', at: other });
    expectReplay(again, first);
    expect(again.body).toHaveProperty('refreshToken');
  });
});

describe('the store of answers', () => {
  it('holds nothing that can be read: no key, no number, no token, no code', async () => {
    const phone = newPhone();
    const proof = await journey.proven(phone, 'register');
    const key = `readable-${randomUUID()}`;
    const { body } = await ask(key, 'users', { ...proof, username: `reader_${proof.code}` });
    expect(body).toHaveProperty('accessToken');
    const { client, prefix } = app.redis;
    const names = await client.keys(`${prefix}idempotency:*`);
    const contents = await Promise.all(
      names.map(async (name) =>
        (await client.type(name)) === 'hash' ? JSON.stringify(await client.hgetall(name)) : client.get(name),
      ),
    );
    const dump = [...names, ...contents].join('\n');
    const decoded = dump
      .split(/[^A-Za-z0-9+/=_-]+/)
      .map((part) => Buffer.from(part, 'base64').toString('latin1'))
      .join('\n');
    const secrets = [
      key,
      phone.slice(3),
      body.accessToken,
      body.refreshToken,
      body.user.id,
      proof.verificationId,
      'reader_',
      'accessToken',
    ];
    for (const secret of secrets) {
      expect(dump).not.toContain(secret);
      expect(decoded).not.toContain(secret);
    }
  });

  it('keeps what the policies say', async () => {
    const { body } = await app.api.get('/v1/policies').expect(200);
    expect(body.idempotency).toEqual({ ttl: 86_400, refusalTtl: 600, answersPerCaller: 1_000 });
  });
});

describe('an instance that dies', () => {
  let cluster: Cluster;
  let survivor: RunningApp;
  let service: ServiceProcess;

  beforeAll(async () => {
    buildIfNeeded();
    // A process of its own has no other prefix.
    cluster = { ...app.cluster, database: await createScratchDatabase(), redisPrefix: 'gatecode:' };
    survivor = await startApp(ENV, cluster);
  }, 60_000);
  afterAll(async () => {
    await survivor.stop();
    await cluster.database.drop();
  });
  afterEach(() => service.end('SIGKILL'));

  const serve = (variables: Record<string, string> = {}) =>
    ServiceProcess.ready({
      ...ENV,
      LOG_LEVEL: 'error',
      DATABASE_URL: cluster.database.url,
      REDIS_URL: process.env.REDIS_URL!,
      SECRET_KEY: cluster.secretKey.toString('base64'),
      ...variables,
    });
  const callOn = ({ url }: { url: string }, key: string, phone: string) =>
    fetch(`${url}/v1/verifications`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': key,
        'x-forwarded-for': '203.0.113.7',
      },
      body: JSON.stringify({ phone, purpose: 'login' }),
    });
  const codeOf = async (answer: globalThis.Response) => ((await answer.json()) as { code: string }).code;
  const records = () => survivor.redis.client.keys('gatecode:idempotency:*:*');

  it('in the middle of a request leaves its key to whoever repeats it, after the lease; nothing is sent twice', async () => {
    service = await serve({ CRASH_AT: 'inserted' });
    const key = randomUUID();
    const phone = newPhone();
    const before = new Set(await records());
    await expect(callOn(service, key, phone)).rejects.toThrow();
    await service.exit;

    const [record, ...more] = (await records()).filter((each) => !before.has(each));
    expect(more).toEqual([]);
    const meanwhile = await callOn(survivor, key, phone);
    expect([meanwhile.status, await codeOf(meanwhile)]).toEqual([409, 'IDEMPOTENCY_IN_FLIGHT']);
    expect(await survivor.redis.client.pttl(record)).toBeLessThanOrEqual(10_000);

    // Time passes.
    await survivor.redis.client.pexpire(record, 1);
    const again = await eventually('an end of the lease', async () => {
      const answer = await callOn(survivor, key, phone);
      return answer.status !== 409 && answer;
    });
    expect([again.status, await codeOf(again)]).toEqual([429, 'SEND_COOLDOWN']);
    await new Journey(survivor).code(phone);
    const { body } = await survivor.api.get('/dev/messages').query({ to: phone });
    expect(body.items).toHaveLength(1);
  }, 60_000);

  it('with the answer still in its hands has kept it for whoever repeats the request elsewhere', async () => {
    service = await serve();
    const key = randomUUID();
    const phone = newPhone();
    const before = new Set(await records());
    const body = JSON.stringify({ phone, purpose: 'login' });
    const { port } = new URL(service.url);
    // A client that never reads its answer.
    const client = connect(Number(port), '127.0.0.1').pause();
    await once(client, 'connect');
    client.write(
      `POST /v1/verifications HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-Forwarded-For: 203.0.113.7\r\n` +
        `Content-Length: ${body.length}\r\nIdempotency-Key: ${key}\r\n\r\n${body}`,
    );
    await eventually('an answer', async () => {
      const [record] = (await records()).filter((each) => !before.has(each));
      return record && survivor.redis.client.hexists(record, 'answer');
    });
    await service.end('SIGKILL');
    client.destroy();

    const again = await callOn(survivor, key, phone);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    const { verificationId } = (await again.json()) as { verificationId: string };
    await survivor.api.get(`/v1/verifications/${verificationId}`).expect(200);
  }, 60_000);
});
