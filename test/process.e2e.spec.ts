import { randomInt } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { eventually } from './support/eventually';
import { Gateways } from './support/gateways';
import { newPhone, otherThan } from './support/journey';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database';
import { buildIfNeeded, newSecretKey, ServiceProcess } from './support/service-process';
import { WIDE } from './support/start-app';

const BUILD_MS = 120_000;
const STOP_MS = 10_000;

jest.setTimeout(60_000);

let database: ScratchDatabase;
let dataSource: DataSource;
let gateways: Gateways;
let variables: Record<string, string>;
const running = new Set<ServiceProcess>();

beforeAll(async () => {
  buildIfNeeded();
  database = await createScratchDatabase();
  dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    installExtensions: false,
  }).initialize();
  gateways = await Gateways.start();
  variables = {
    ...WIDE,
    ...gateways.variables(['tencent']),
    DATABASE_URL: database.url,
    REDIS_URL: process.env.REDIS_URL!,
    SECRET_KEY: newSecretKey(),
    SMS_TIMEOUT_MS: '5000',
  };
}, BUILD_MS);
afterEach(async () => {
  for (const service of running) await service.end('SIGKILL');
  running.clear();
  gateways.reset();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
  await gateways.stop();
});

const launch = async (changes: Record<string, string> = {}) => {
  const service = await ServiceProcess.ready({ ...variables, ...changes });
  running.add(service);
  return service;
};
const run = (environment: Record<string, string>) => {
  const service = new ServiceProcess(environment);
  running.add(service);
  return service;
};

const start = async (service: ServiceProcess, phone: string, purpose = 'login') => {
  const { body } = await service.api.post('/v1/verifications').send({ phone, purpose }).expect(202);
  return body.verificationId as string;
};
const statusOf = async (service: ServiceProcess, id: string) =>
  (await service.api.get(`/v1/verifications/${id}`).expect(200)).body.status as string;
const hasStatus = (service: ServiceProcess, id: string, status: string) =>
  eventually(`status ${status}`, async () => (await statusOf(service, id)) === status);
const stateOf = async (verificationId: string) => {
  const [{ state }] = await dataSource.query('SELECT state FROM sms_messages WHERE reference = $1', [
    verificationId,
  ]);
  return state as string;
};

/** While it is there, no instance can claim a message: each stays as it was stored. */
const holdMessages = () =>
  dataSource.query(`
    CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER hold BEFORE UPDATE ON sms_messages FOR EACH ROW
      WHEN (OLD.state = 'queued' AND NEW.state = 'calling') EXECUTE FUNCTION hold()`);
const letMessagesGo = () => dataSource.query('DROP FUNCTION IF EXISTS hold CASCADE');

describe('a process that is killed', () => {
  afterEach(letMessagesGo);

  it('after a message was stored and before a gateway was called: the next one sends it once (F5)', async () => {
    const phone = newPhone();
    await holdMessages();
    const first = await launch();
    const verificationId = await start(first, phone);
    await first.end('SIGKILL');
    expect(await stateOf(verificationId)).toBe('queued');
    expect(gateways.calls('tencent')).toBe(0);
    await letMessagesGo();

    const second = await launch();
    await hasStatus(second, verificationId, 'sent');
    const messages = gateways.taken(phone);
    expect(messages).toHaveLength(1);
    await second.api
      .post(`/v1/verifications/${verificationId}/check`)
      .send({ code: messages[0].code })
      .expect(200);
    expect(gateways.calls('tencent')).toBe(1);
  });

  it('so long ago that the code has hardly a life left: it is marked and never sent (F5)', async () => {
    const phone = newPhone();
    await holdMessages();
    const first = await launch();
    const verificationId = await start(first, phone);
    await first.end('SIGKILL');
    await dataSource.query('UPDATE sms_messages SET send_before = now() WHERE reference = $1', [
      verificationId,
    ]);
    await letMessagesGo();

    const second = await launch();
    await hasStatus(second, verificationId, 'failed');
    expect(await stateOf(verificationId)).toBe('expired');
    expect(gateways.calls('tencent')).toBe(0);
  });

  it('in mid-call: nobody knows, one message went out, and a resend has the same code', async () => {
    const phone = newPhone();
    await gateways.of('tencent').fault({ kind: 'hang', taken: true }, 1);
    const first = await launch();
    const verificationId = await start(first, phone);
    await eventually('call', () => gateways.taken(phone).length === 1);
    await first.end('SIGKILL');
    expect(await stateOf(verificationId)).toBe('calling');

    const second = await launch();
    // As if the lease of the dead one had run out.
    await dataSource.query('UPDATE sms_messages SET lease_until = now() WHERE reference = $1', [
      verificationId,
    ]);
    await hasStatus(second, verificationId, 'unknown');
    expect(gateways.calls('tencent')).toBe(1);
    await second.api.post(`/v1/verifications/${verificationId}/resend`).send({}).expect(202);
    await hasStatus(second, verificationId, 'sent');
    const codes = gateways.taken(phone).map(({ code }) => code);
    expect(codes).toHaveLength(2);
    expect(codes[0]).toBe(codes[1]);
  });

  it('between the steps of a registration: whoever holds its token goes on with the next process', async () => {
    const phone = newPhone();
    const first = await launch();
    const { body } = await first.api.post('/v1/registrations').send({ phone }).expect(202);
    const step = (service: ServiceProcess, method: 'get' | 'put' | 'post', path: string, sent?: object) =>
      service.api[method](`/v1/registrations/${body.registrationId}${path}`)
        .set('Authorization', `Bearer ${body.registrationToken}`)
        .send(sent);
    await eventually('message', () => gateways.taken(phone).length === 1);
    await step(first, 'put', '/phone', { code: gateways.taken(phone)[0].code }).expect(200);
    await step(first, 'put', '/password', { password: 'seven otters in a teapot' }).expect(200);
    await first.end('SIGKILL');

    const second = await launch();
    const { body: left } = await step(second, 'get', '').expect(200);
    expect(left.steps.map(({ name, done }: { name: string; done: boolean }) => [name, done])).toEqual([
      ['phone', true],
      ['password', true],
      ['profile', false],
    ]);
    await step(second, 'put', '/profile', { nickname: 'Li Lei' }).expect(200);
    await step(second, 'post', '/complete').expect(201);
    expect(gateways.calls('tencent')).toBe(1);
  });
});

describe('a process that is asked to stop', () => {
  afterEach(letMessagesGo);

  it('answers what is in flight, keeps what is queued and ends well (F6)', async () => {
    const service = await launch();
    await holdMessages();
    const queued: string[] = [];
    for (let turn = 0; turn < 20; turn += 1) queued.push(await start(service, newPhone()));

    const client = new KeptConnections(service.url, 100);
    await client.open();
    // Every answer costs a password hash, of which few are computed at a time.
    const answers = client.postAll('/v1/sessions', {
      grant: 'password',
      identifier: 'nobody.there',
      password: 'wrong password',
    });
    await answers.first;
    expect(answers.done()).toBeLessThan(50);
    const stoppedAt = Date.now();
    service.signal('SIGTERM');
    expect(await answers.statuses).toEqual(Array.from({ length: 100 }, () => 401));
    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(Date.now() - stoppedAt).toBeLessThan(STOP_MS);
    client.close();
    await expect(service.api.get('/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    for (const id of queued) expect(await stateOf(id)).toBe('queued');
    await letMessagesGo();
    const next = await launch();
    for (const id of queued) await hasStatus(next, id, 'sent');
    expect(gateways.calls('tencent')).toBe(queued.length);
  });

  it('finishes its calls of gateways and records them', async () => {
    const service = await launch();
    const phone = newPhone();
    await gateways.of('tencent').fault({ kind: 'slow', ms: 1_000 });
    const verificationId = await start(service, phone);
    await eventually('call', () => gateways.taken(phone).length === 1);
    expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await stateOf(verificationId)).toBe('accepted');
  });

  it('with a gateway that never answers ends in time all the same', async () => {
    const service = await launch();
    const phone = newPhone();
    await gateways.of('tencent').fault({ kind: 'hang', taken: true });
    const verificationId = await start(service, phone);
    await eventually('call', () => gateways.taken(phone).length === 1);
    const stoppedAt = Date.now();
    expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(Date.now() - stoppedAt).toBeLessThan(STOP_MS);
    expect(await stateOf(verificationId)).toBe('unknown');
  });
});

describe('a start in production', () => {
  /** A configuration that is complete; no gateway is called. */
  const complete = () => ({
    ...variables,
    RESEND_COOLDOWN: '60',
    PHONE_HOURLY_LIMIT: '5',
    PHONE_DAILY_LIMIT: '10',
    CHECK_HOURLY_LIMIT: '15',
    IP_HOURLY_LIMIT: '20',
    SEGMENT_HOURLY_LIMIT: '50',
    LIVE_VERIFICATIONS: '3',
    PASSWORD_HOURLY_LIMIT: '10',
    THROTTLE_PER_MINUTE: '300',
    CAPTCHA_MODE: 'always',
    SMS_PROVIDERS: 'luosimao',
    LUOSIMAO_API_KEY: '7c1f9e02b4d84a5f93aa61b0c2d7e845',
    LUOSIMAO_SIGNATURE: '某某公司',
    RONGLIAN_ACCOUNT_SID: '',
    RONGLIAN_AUTH_TOKEN: '',
    TENCENT_SECRET_ID: '',
    TENCENT_SECRET_KEY: '',
    LUOSIMAO_VOICE_API_KEY: '',
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(20_000 + randomInt(10_000)),
  });
  const refused = async (environment: Record<string, string>) => {
    const service = run(environment);
    expect(await service.exit).toEqual({ code: 1, signal: null });
    expect(service.output).not.toMatch(/^\s+at /m);
    return service.output;
  };

  it('with nothing names everything that is missing, without a stack (F8)', async () => {
    const dataDir = join(tmpdir(), `gatecode-never-${process.pid}`);
    const output = await refused({ NODE_ENV: 'production', DATA_DIR: dataDir });
    for (const variable of ['DATABASE_URL', 'REDIS_URL', 'SECRET_KEY', 'SMS_PROVIDERS']) {
      expect(output).toMatch(new RegExp(`^  ${variable} must be set in production`, 'm'));
    }
    expect(existsSync(dataDir)).toBe(false);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['the inbox', { SMS_PROVIDERS: 'inbox' }, /^ {2}SMS_PROVIDERS names inbox/m],
    ['a sample key', { LUOSIMAO_API_KEY: 'your-api-key' }, /^ {2}LUOSIMAO_API_KEY is a sample value/m],
    [
      'a key without randomness',
      { SECRET_KEY: Buffer.alloc(32).toString('base64') },
      /^ {2}SECRET_KEY is a sample value/m,
    ],
    ['no captcha', { CAPTCHA_MODE: 'never' }, /^ {2}CAPTCHA_MODE must be always or risk/m],
    ['no limit', { PHONE_DAILY_LIMIT: '0' }, /^ {2}PHONE_DAILY_LIMIT is 0/m],
    ['an unknown environment', { NODE_ENV: 'prod' }, /^ {2}NODE_ENV must be/m],
  ])('with %s is refused', async (_, changes, words) => {
    const output = await refused({ ...complete(), ...changes });
    expect(output).toMatch(words);
    for (const secret of [variables.SECRET_KEY, complete().LUOSIMAO_API_KEY]) {
      expect(output).not.toContain(secret);
    }
  });

  it('with all it needs serves, says nothing of /dev, and drains before it stops (P7)', async () => {
    const environment = complete();
    const service = run(environment);
    const url = `http://127.0.0.1:${environment.PORT}`;
    const get = (path: string) => fetch(`${url}${path}`).then(({ status }) => status);
    await eventually(
      'readiness',
      () =>
        get('/readyz').then(
          (status) => status === 200,
          () => service.hasEnded,
        ),
      20_000,
    );
    const found = await Promise.all(['/readyz', '/dev/inbox', '/dev/messages', '/demo', '/docs'].map(get));
    expect(found).toEqual([200, 404, 404, 404, 404]);

    const stoppedAt = Date.now();
    service.signal('SIGTERM');
    await eventually('draining', async () => (await get('/readyz')) === 503);
    // The load balancer has not noticed yet, and nobody loses a request.
    expect([await get('/livez'), await get('/v1/policies')]).toEqual([200, 200]);
    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(Date.now() - stoppedAt).toBeLessThan(STOP_MS);
  });
});

describe('a start with nothing in development', () => {
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'gatecode-process-'));
    chmodSync(dataDir, 0o711); // under root PostgreSQL runs as somebody else, who must get through
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  // Where processes can be listed without any tool.
  const onLinux = process.platform === 'linux' ? it : it.skip;

  onLinux(
    'runs on embedded stores, says where to go, and leaves no process behind on Ctrl-C (F8)',
    async () => {
      const service = run({ PORT: '0', DATA_DIR: dataDir });
      await service.listening();
      const { url, output } = service;
      for (const path of ['/v1', '/docs', '/demo', '/dev/inbox']) expect(output).toContain(`${url}${path}\n`);
      expect(output).toMatch(/Embedded: .*PostgreSQL.*;.*(Redis|Valkey|redis)/i);

      const phone = newPhone();
      const verificationId = await start(service, phone, 'register');
      const { body } = await service.api
        .get('/dev/messages/latest')
        .query({ to: phone, waitMs: 5_000 })
        .expect(200);
      await service.api.post('/v1/users').send({ verificationId, code: body.code }).expect(201);
      const stores = descendantsOf(service.pid);
      expect(stores.length).toBeGreaterThanOrEqual(2);

      service.interrupt();
      expect(await service.exit).toEqual({ code: 0, signal: null });
      await eventually('end of all processes', () => !stores.some(isAlive));
    },
    120_000,
  );
});

describe('the log of a whole run', () => {
  it('holds no code, token, password, secret or whole number (P8)', async () => {
    const service = await launch({
      LOG_LEVEL: 'trace',
      SMS_PROVIDERS: 'inbox',
      PASSWORD_HOURLY_LIMIT: '3',
      CAPTCHA_MODE: 'always',
    });
    const { api } = service;
    const secrets = new Set<string>([variables.SECRET_KEY, variables.TENCENT_SECRET_KEY]);
    const keep = (body: Record<string, unknown>) => {
      for (const name of ['accessToken', 'refreshToken', 'ticket', 'code', 'answer']) {
        if (typeof body[name] === 'string' && !/^[A-Z_]+$/.test(body[name])) secrets.add(body[name]);
      }
      return body;
    };
    const secret = (text: string) => {
      secrets.add(text);
      return text;
    };
    const phoneOf = () => {
      const phone = newPhone();
      secrets.add(phone).add(phone.slice(3));
      return phone;
    };
    const codeOf = async (phone: string) => {
      const latest = await api.get('/dev/messages/latest').query({ to: phone, waitMs: 5_000 }).expect(200);
      return keep(latest.body).code as string;
    };

    const solved = async () => {
      const { captchaId } = (await api.post('/v1/captchas').send({}).expect(201)).body;
      const { answer } = keep((await api.get(`/dev/captchas/${captchaId}`).expect(200)).body);
      return { captchaId, answer };
    };
    const startSolved = async (to: string, purpose: string) => {
      const request = { phone: to, purpose, captcha: await solved() };
      const { body } = await api.post('/v1/verifications').send(request).expect(202);
      await hasStatus(service, body.verificationId, 'sent');
      return body.verificationId as string;
    };

    const phone = phoneOf();
    const password = secret('Tr0ub4dor&3-of-the-run');
    const registration = await startSolved(phone, 'register');
    const registered = await api
      .post('/v1/users')
      .send({ verificationId: registration, code: await codeOf(phone), username: 'log_reader', password })
      .expect(201);
    keep(registered.body);
    const bearer = { Authorization: `Bearer ${registered.body.accessToken}` };
    await api.get('/v1/users/me').set(bearer).expect(200);
    const { refreshToken } = registered.body;
    keep((await api.post('/v1/sessions/refresh').send({ refreshToken }).expect(200)).body);
    keep((await api.post('/v1/sessions').send({ grant: 'password', identifier: phone, password })).body);
    const login = await startSolved(phone, 'login');
    const code = await codeOf(phone);
    const exchanged = await api.post(`/v1/verifications/${login}/check`).send({ code }).expect(200);
    keep(exchanged.body);
    const captcha = await solved();

    const wrongPassword = secret('not-the-password-77');
    const other = await startSolved(phoneOf(), 'login');
    const failures = [
      api.post(`/v1/verifications/${login}/check`).send({ code }),
      api.post(`/v1/verifications/${other}/check`).send({ code: otherThan(code) }),
      api.post(`/v1/verifications/${other}/check`).send({ code: [code] }),
      api.post('/v1/verifications').send({ phone: phoneOf(), purpose: 'nothing' }),
      api.post('/v1/verifications').send({ phone: `${phoneOf()}9`, purpose: 'login' }),
      api.post('/v1/verifications').send({ phone: phoneOf(), purpose: 'step_up' }),
      api.post('/v1/verifications').send({
        phone,
        purpose: 'login',
        captcha: { ...captcha, answer: secret('WRONGS') },
      }),
      api.post('/v1/verifications').send({ phone, purpose: 'login', captcha }),
      api.post('/v1/users').send({ ticket: exchanged.body.ticket }),
      api.post('/v1/users').send({ ticket: exchanged.body.ticket, password: wrongPassword }),
      api.post('/v1/sessions').send({ grant: 'password', identifier: phone, password: wrongPassword }),
      api.post('/v1/sessions').send({ grant: 'password', identifier: phone, password: wrongPassword }),
      api.post('/v1/sessions').send({ grant: 'password', identifier: phone, password: wrongPassword }),
      api.post('/v1/sessions').send({ grant: 'password', identifier: phone, password: wrongPassword }),
      api.post('/v1/sessions/refresh').send({ refreshToken: secret(`${refreshToken}x`) }),
      api.get('/v1/users/me').set('Authorization', `Bearer ${secret(`${registered.body.accessToken}x`)}`),
      api.get(`/v1/users/me?access_token=${registered.body.accessToken}`),
      api.get(`/v1/verifications/${encodeURIComponent(phone)}`),
      api.get(`/v1/${code}?phone=${encodeURIComponent(phone)}&code=${code}`),
      api
        .post('/v1/sessions')
        .set('Content-Type', 'application/json')
        .send(`{"grant":"password","password":"${wrongPassword}"`),
      api
        .post('/v1/sessions')
        .set('Cookie', `session=${refreshToken}`)
        .set('User-Agent', phone)
        .send({ grant: 'code', verificationId: other, code: 'x'.repeat(7) }),
    ];
    for (const failure of failures) expect((await failure).status).toBeGreaterThanOrEqual(400);
    expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });

    const lines = service.output.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(failures.length);
    // Digits of ids and times may spell a code by chance, so that short secrets count as whole words only.
    const words = new Set(service.output.split(/[^0-9A-Za-z+]+/));
    const found = [...secrets].filter((text) =>
      text.length < 9 ? words.has(text) : service.output.includes(text),
    );
    expect(found).toEqual([]);
  });
});

/** Connections that are open before their requests, as a load balancer keeps them. */
class KeptConnections {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    private readonly count: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: count, maxFreeSockets: count });
  }

  async open(): Promise<void> {
    await Promise.all(Array.from({ length: this.count }, () => this.send('GET', '/livez')));
  }

  /** One request on each. */
  postAll(path: string, body: object) {
    let done = 0;
    const answers = Array.from({ length: this.count }, () =>
      this.send('POST', path, JSON.stringify(body)).then((status) => {
        done += 1;
        return status;
      }),
    );
    return { first: Promise.race(answers), statuses: Promise.all(answers), done: () => done };
  }

  close(): void {
    this.agent.destroy();
  }

  private send(method: string, path: string, body?: string): Promise<number> {
    return new Promise((resolve, reject) => {
      httpRequest(
        `${this.url}${path}`,
        { method, agent: this.agent, headers: { 'content-type': 'application/json' } },
        (response) => response.resume().on('end', () => resolve(response.statusCode!)),
      )
        .on('error', reject)
        .end(body);
    });
  }
}

/** Parent of every process that runs. */
function processes(): Map<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state !== 'Z') parents.set(Number(name), Number(parent));
    } catch {
      // It ended meanwhile.
    }
  }
  return parents;
}

const isAlive = (pid: number) => processes().has(pid);

function descendantsOf(pid: number, all = processes()): number[] {
  const children = [...all].filter(([, parent]) => parent === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...descendantsOf(child, all)]);
}
