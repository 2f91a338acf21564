import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Events } from '../src/common/events';
import { EventsModule } from '../src/common/events.module';
import { REDIS, type RedisConnection, RedisModule } from '../src/redis/redis.module';
import type {} from '../src/sms/sms-events';
import type {} from '../src/auth/auth-events';
import { verifyWebhook } from '../src/webhooks/webhook-signature';
import { WebhooksModule, type WebhooksModuleOptions } from '../src/webhooks/webhooks.module';
import { eventually } from './support/eventually';
import { Journey, newPhone } from './support/journey';
import { startApp, WIDE } from './support/start-app';
import { TcpProxy } from './support/tcp-proxy';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const QUICK = { firstMs: 20, factor: 1.5, attempts: 12 };

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly status: number;
}

/** What a host runs to be told: it remembers all that it hears. */
class Receiver {
  readonly heard: Heard[] = [];
  /** Answers in turn; 204 when there are none left. `silence` never answers. */
  answers: (number | 'silence')[] = [];
  redirectTo = '/elsewhere';
  private port = 0;
  private server?: Server;

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks/gatecode`;
  }

  /** Requests that were answered with success. */
  get taken(): { id: string; name: string; data: Record<string, unknown> }[] {
    return this.heard.filter(({ status }) => status < 300).map(({ body }) => JSON.parse(body));
  }

  async listen(): Promise<this> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const status = this.answers.shift() ?? 204;
        const answer = status === 'silence' ? 0 : status;
        this.heard.push({
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
          status: answer || 999,
        });
        if (answer) response.writeHead(answer, { Location: this.redirectTo }).end();
      });
    }).listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  async close(): Promise<void> {
    if (!this.server) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    this.server = undefined;
    await closed;
  }
}

interface Host {
  readonly app: INestApplication;
  readonly events: Events;
  readonly redis: RedisConnection;
}

let receiver: Receiver;
const endings: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  receiver = await new Receiver().listen();
});
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
  await receiver.close();
});

/** An application with nothing but events and webhooks. */
async function startHost(
  options: Partial<WebhooksModuleOptions> = {},
  { url = process.env.REDIS_URL!, prefix = `test-${randomBytes(6).toString('hex')}:` } = {},
): Promise<Host> {
  const webhooks = WebhooksModule.forRoot({
    urls: [receiver.url],
    secret: SECRET,
    backoff: QUICK,
    ...options,
  });
  const testing = await Test.createTestingModule({
    imports: [RedisModule.forRoot({ url, prefix }), EventsModule, webhooks],
  }).compile();
  const app = testing.createNestApplication({ logger: false });
  await app.init();
  endings.push(() => app.close());
  return { app, events: app.get(Events, { strict: false }), redis: app.get<RedisConnection>(REDIS) };
}

const reuse = (sessionId = 'a-session') => ({ sessionId });

describe('An event', () => {
  it('is told once, signed, with its id', async () => {
    const { events } = await startHost();
    events.emit('session.refresh-reused', reuse());
    const { headers, body } = await eventually('a webhook', () => receiver.heard[0]);
    expect(verifyWebhook(headers, body, SECRET)).toBe(true);
    expect(verifyWebhook(headers, body.replace('a-session', 'b-session'), SECRET)).toBe(false);
    const told = JSON.parse(body);
    expect(told).toEqual({
      id: headers['webhook-id'],
      name: 'session.refresh-reused',
      version: 1,
      time: expect.stringMatching(/Z$/),
      data: { sessionId: 'a-session' },
    });
    expect(headers['content-type']).toBe('application/json');
  });

  it('is told to every receiver', async () => {
    const other = await new Receiver().listen();
    endings.push(() => other.close());
    const { events } = await startHost({ urls: [receiver.url, other.url, receiver.url] });
    events.emit('session.refresh-reused', reuse());
    await eventually('both', () => receiver.taken.length > 0 && other.taken.length > 0);
    expect([receiver.heard.length, other.heard.length]).toEqual([1, 1]);
    expect(receiver.taken[0].id).toBe(other.taken[0].id);
  });

  it('that comes in twice is queued once', async () => {
    const { events, redis } = await startHost();
    const seen: unknown[] = [];
    events.onAny((event) => seen.push(event));
    events.emit('session.refresh-reused', reuse());
    await eventually('a webhook', () => receiver.taken[0]);
    const keys = await redis.client.keys(`*${redis.prefix}bull}*${receiver.taken[0].id}*`);
    // A job that is just being ended has a lock, too.
    expect(keys.filter((key) => !key.endsWith(':lock'))).toEqual([
      expect.stringMatching(/^\{.*bull\}:webhooks:/),
    ]);
    expect(seen).toHaveLength(1);
  });

  it('is told again with the same id, and signed anew, until it is taken', async () => {
    receiver.answers = [500, 500, 200];
    const { events } = await startHost();
    events.emit('session.refresh-reused', reuse());
    await eventually('success', () => receiver.taken[0]);
    expect(receiver.heard.map(({ status }) => status)).toEqual([500, 500, 200]);
    expect(new Set(receiver.heard.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(receiver.heard.every(({ headers, body }) => verifyWebhook(headers, body, SECRET))).toBe(true);
  });

  it('reaches a receiver that was away', async () => {
    await receiver.close();
    const { events } = await startHost({ backoff: { ...QUICK, firstMs: 50 } });
    events.emit('session.refresh-reused', reuse());
    await new Promise((resolve) => setTimeout(resolve, 100));
    await receiver.listen();
    await eventually('the webhook', () => receiver.taken[0]);
    expect(receiver.heard).toHaveLength(1);
  });

  it('is not told any more to a receiver that is gone for good', async () => {
    receiver.answers = [410];
    const { events } = await startHost();
    events.emit('session.refresh-reused', reuse('first'));
    await eventually('the refusal', () => receiver.heard[0]);
    events.emit('session.refresh-reused', reuse('second'));
    await eventually('the next event', () => receiver.taken[0]);
    expect(receiver.heard.map(({ status }) => status)).toEqual([410, 204]);
    expect(receiver.taken[0].data).toEqual({ sessionId: 'second' });
  });

  it('is not led elsewhere by a redirect', async () => {
    const other = await new Receiver().listen();
    endings.push(() => other.close());
    receiver.redirectTo = other.url;
    receiver.answers = [307, 302];
    const { events } = await startHost();
    events.emit('session.refresh-reused', reuse());
    await eventually('success', () => receiver.taken[0]);
    expect(receiver.heard.map(({ status }) => status)).toEqual([307, 302, 204]);
    expect(other.heard).toEqual([]);
  });

  it('is given up after the last attempt', async () => {
    receiver.answers = [500, 500, 500];
    const { events, redis } = await startHost({ backoff: { firstMs: 10, factor: 1, attempts: 3 } });
    events.emit('session.refresh-reused', reuse());
    const failed = `{${redis.prefix}bull}:webhooks:failed`;
    await eventually('a failed job', async () => (await redis.client.zcard(failed)) === 1);
    expect(receiver.heard).toHaveLength(3);
  });

  it('that is chatty is told to those who ask for it', async () => {
    const { events } = await startHost({ events: ['sms.*'] });
    events.emit('session.refresh-reused', reuse());
    events.emit('sms.circuit.changed', { provider: 'tencent', state: 'open' });
    await eventually('a webhook', () => receiver.taken[0]);
    expect(receiver.heard).toHaveLength(1);
    expect(receiver.taken[0].name).toBe('sms.circuit.changed');
  });
});

describe('A slow receiver', () => {
  it('is left after the deadline and told again', async () => {
    receiver.answers = ['silence', 200];
    const { events } = await startHost({ deadlineMs: 100 });
    events.emit('session.refresh-reused', reuse());
    await eventually('success', () => receiver.taken[0]);
    expect(receiver.heard.map(({ status }) => status)).toEqual([999, 200]);
  });

  it('holds up neither what happens nor the end of the process', async () => {
    receiver.answers = Array(50).fill('silence');
    const { app, events } = await startHost({ deadlineMs: 30_000 });
    const startedAt = performance.now();
    for (let event = 0; event < 50; event += 1) events.emit('session.refresh-reused', reuse());
    expect(performance.now() - startedAt).toBeLessThan(500);
    await eventually('deliveries under way', () => receiver.heard.length >= 20);
    endings.length = 0;
    const closedAt = performance.now();
    await app.close();
    expect(performance.now() - closedAt).toBeLessThan(4_500);
  });
});

describe('Another instance', () => {
  it('tells what the first could not', async () => {
    receiver.answers = [500];
    const prefix = `test-${randomBytes(6).toString('hex')}:`;
    const backoff = { firstMs: 500, factor: 1, attempts: 3 };
    const first = await startHost({ backoff }, { prefix });
    first.events.emit('session.refresh-reused', reuse());
    await eventually('the failure', () => receiver.heard[0]);
    endings.length = 0;
    await first.app.close();
    expect(receiver.taken).toEqual([]);
    await startHost({ backoff }, { prefix });
    await eventually('the webhook', () => receiver.taken[0]);
    expect(receiver.taken).toHaveLength(1);
  });
});

describe('Without Redis', () => {
  it('events wait, up to a limit, and are told when it is back', async () => {
    const proxy = await TcpProxy.before(process.env.REDIS_URL!);
    endings.push(() => proxy.stop());
    const { events } = await startHost({ mostWaiting: 200 }, { url: proxy.through(process.env.REDIS_URL!) });
    events.emit('session.refresh-reused', reuse('before'));
    await eventually('a webhook', () => receiver.taken[0]);
    await proxy.refuse();
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let event = 0; event < 250; event += 1)
      events.emit('session.refresh-reused', reuse(`while-${event}`));
    await proxy.heal();
    await eventually('those that waited', () => receiver.heard.length >= 201, 15_000);
    const told = receiver.taken.map(({ data }) => data.sessionId);
    expect(new Set(told).size).toBe(201);
    expect(told).toContain('while-199');
    expect(told).not.toContain('while-200');
    events.emit('session.refresh-reused', reuse('after'));
    await eventually('what comes after', () => receiver.taken.find(({ data }) => data.sessionId === 'after'));
  });

  it('at the start they wait as well', async () => {
    const proxy = await TcpProxy.before(process.env.REDIS_URL!);
    endings.push(() => proxy.stop());
    const url = proxy.through(process.env.REDIS_URL!);
    await proxy.refuse();
    const { events } = await startHost({}, { url });
    events.emit('session.refresh-reused', reuse());
    await proxy.heal();
    await eventually('the webhook', () => receiver.taken[0], 10_000);
  });

  it('the process ends all the same', async () => {
    const proxy = await TcpProxy.before(process.env.REDIS_URL!);
    endings.push(() => proxy.stop());
    const { app, events } = await startHost({}, { url: proxy.through(process.env.REDIS_URL!) });
    proxy.silence();
    events.emit('session.refresh-reused', reuse());
    endings.splice(endings.length - 1);
    const startedAt = performance.now();
    await app.close();
    expect(performance.now() - startedAt).toBeLessThan(7_000);
  });
});

describe('On a Redis Cluster', () => {
  it('the queue lies in one slot', async () => {
    const script = `
      process.on('disconnect', () => process.exit());
      require('js-redis-server').createRedisMock({ cluster: { masters: 3 } })
        .then((cluster) => process.send(cluster.addresses()));`;
    const server = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const [addresses] = (await once(server, 'message')) as [{ host: string; port: number }[]];
    endings.push(async () => {
      const exited = once(server, 'exit');
      server.disconnect();
      await exited;
    });
    const url = addresses.map(({ host, port }) => `redis://${host}:${port}`).join(',');
    receiver.answers = [500];
    const { events } = await startHost({}, { url });
    events.emit('session.refresh-reused', reuse());
    await eventually('success', () => receiver.taken[0]);
  });
});

describe('The service', () => {
  it('tells what its environment says, without numbers and codes', async () => {
    const app = await startApp({
      ...WIDE,
      WEBHOOK_URLS: receiver.url,
      WEBHOOK_SECRET: SECRET,
      WEBHOOK_EVENTS: '*',
    });
    endings.push(() => app.stop());
    const phone = newPhone();
    const journey = new Journey(app);
    const { verificationId, code } = await journey.proven(phone);
    await app.api.post(`/v1/verifications/${verificationId}/check`).send({ code }).expect(200);
    await eventually('both', () =>
      ['sms.attempt.accepted', 'verification.checked'].every((name) =>
        receiver.taken.some((event) => event.name === name),
      ),
    );
    const said = receiver.heard.map(({ headers, body }) => JSON.stringify(headers) + body).join('\n');
    for (const secret of [phone.slice(3), `"${code}"`, SECRET]) expect(said).not.toContain(secret);
    expect(receiver.heard.every(({ headers, body }) => verifyWebhook(headers, body, SECRET))).toBe(true);
  });

  it('makes no queue when nobody is to be told', async () => {
    const app = await startApp(WIDE);
    endings.push(() => app.stop());
    const connections = async () => String(await app.redis.client.client('LIST')).split('\n').length;
    const before = await connections();
    app.app.get(Events, { strict: false }).emit('session.refresh-reused', reuse());
    await app.api.get('/v1/policies').expect(200);
    expect(await app.redis.client.keys(`{${app.cluster.redisPrefix}bull}*`)).toEqual([]);
    expect(await connections()).toBe(before);
  });

  it('refuses receivers without a secret', async () => {
    await expect(startApp({ WEBHOOK_URLS: receiver.url })).rejects.toThrow(/WEBHOOK_SECRET/);
  });
});
