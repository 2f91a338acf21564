import {
  Body,
  Controller,
  Delete,
  type ExecutionContext,
  Get,
  Header,
  HttpCode,
  type INestApplication,
  Patch,
  Post,
  Put,
  Req,
  StreamableFile,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { randomBytes, randomUUID } from 'node:crypto';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Problem } from '../common/problem';
import type { ProblemCode } from '../common/problem-catalog';
import { ProblemFilter } from '../common/problem.filter';
import { Secrets } from '../common/secrets';
import { CountsSends, RateLimit } from '../rate-limit/rate-limit.decorator';
import { RateLimitModule } from '../rate-limit/rate-limit.module';
import { REDIS, RedisModule, type RedisConnection } from '../redis/redis.module';
import { AnswerStore } from './answer-store';
import { ChangesNothing } from './changes-nothing.decorator';
import { answersForNow } from './for-now';
import { IdempotencyInterceptor } from './idempotency.interceptor';
import { IdempotencyModule } from './idempotency.module';

interface Call {
  readonly method?: string;
  /** Sent as JSON; null sends none. */
  readonly body?: unknown;
  readonly [header: string]: unknown;
}

const EVERYTHING_BUT_INTERVALS = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setTimeout',
  'clearTimeout',
] as const;

let runs = 0;
let waiting: Promise<void> | undefined;

/** Takes the bearer at its word. */
class Believe {
  canActivate(context: ExecutionContext): boolean {
    const request = context
      .switchToHttp()
      .getRequest<{ headers: { authorization?: string }; user?: { userId: string } }>();
    const bearer = /^Bearer (\S+)\./.exec(request.headers.authorization ?? '')?.[1];
    if (!bearer) throw new Problem('UNAUTHENTICATED');
    request.user = { userId: bearer };
    return true;
  }
}

@Controller('things')
@UseInterceptors(IdempotencyInterceptor)
class ThingsController {
  @Get()
  list() {
    return { run: ++runs };
  }

  @Post()
  @Header('Location', '/things/1')
  async make(@Body() thing: object) {
    await waiting;
    return { run: ++runs, thing, random: randomUUID() };
  }

  @Put('named')
  @HttpCode(204)
  rename(): void {
    runs += 1;
  }

  @Patch()
  change() {
    return { run: ++runs };
  }

  @Delete()
  @HttpCode(202)
  remove() {
    return { run: ++runs };
  }

  @Post('text')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  say(): string {
    return `run ${++runs} 好`;
  }

  @Post('file')
  file(): StreamableFile {
    runs += 1;
    return new StreamableFile(Buffer.from(`file ${runs}`), { type: 'application/x-thing' });
  }

  @Post('long')
  long() {
    return { run: ++runs, text: 'x'.repeat(70_000) };
  }

  @Post('refused')
  refuse(@Body() { code }: { code: ProblemCode }): never {
    runs += 1;
    throw new Problem(code, { attemptsRemaining: runs });
  }

  @Post('broken')
  fail(): never {
    runs += 1;
    throw new Error('broken');
  }

  @Post('own')
  @UseGuards(Believe)
  own() {
    return { run: ++runs };
  }

  @Post('asked')
  @ChangesNothing()
  ask() {
    return { run: ++runs };
  }

  @Post('slow')
  wait(@Req() request: object) {
    runs += 1;
    if (runs < 3) answersForNow(request);
    return { run: runs };
  }

  @Post('sent')
  @RateLimit('sends')
  @CountsSends()
  send(@Req() { addressSends }: { addressSends?: number }) {
    return { run: ++runs, addressSends };
  }
}

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('Idempotency-Key on %s', (_, adapter) => {
  let app: INestApplication;
  let url: string;
  let redis: RedisConnection;

  beforeAll(async () => {
    const testing = await Test.createTestingModule({
      imports: [
        RedisModule.forRoot({
          url: process.env.REDIS_URL!,
          prefix: `test-${randomBytes(6).toString('hex')}:`,
          isGlobal: true,
        }),
        RateLimitModule.forRoot({ perMinute: 1_000, sendsPerHour: 2, isGlobal: true }),
        IdempotencyModule.forRoot({ secrets: new Secrets(randomBytes(32)), isGlobal: true }),
      ],
      controllers: [ThingsController],
    }).compile();
    app = testing.createNestApplication(adapter() as ExpressAdapter, { logger: false });
    app.useGlobalFilters(new ProblemFilter(app.get(HttpAdapterHost)));
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
    redis = app.get(REDIS);
  });
  afterAll(() => app.close());
  beforeEach(() => {
    waiting = undefined;
  });

  async function call(
    key: string | undefined,
    path = '',
    { method = 'POST', body = { a: 1 }, ...headers }: Call = {},
  ) {
    const before = runs;
    const answer = await fetch(`${url}/things${path}`, {
      method,
      headers: {
        ...(body !== null && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(headers as Record<string, string>),
      },
      body: body === null ? undefined : JSON.stringify(body),
    });
    const bytes = await answer.text();
    const { date: _date, ...rest } = Object.fromEntries(answer.headers);
    const code = /"code":"(\w+)"/.exec(bytes)?.[1];
    return { status: answer.status, headers: rest, bytes, code, hasRun: runs > before };
  }

  const isReplayed = { 'idempotency-replayed': 'true' };

  it.each<[string, string, Call]>([
    ['POST', '', {}],
    ['PATCH', '', { method: 'PATCH' }],
    ['DELETE', '', { method: 'DELETE', body: null }],
    ['PUT without an answer', '/named', { method: 'PUT' }],
    ['POST of text', '/text', {}],
    ['POST of a file', '/file', {}],
  ])('a %s is carried out once, and its answer given again, byte for byte', async (_name, path, request) => {
    const key = randomUUID();
    const first = await call(key, path, request);
    expect(first).toMatchObject({ hasRun: true });
    expect(first.headers).not.toMatchObject(isReplayed);
    for (let turn = 0; turn < 2; turn += 1) {
      const again = await call(key, path, request);
      expect(again).toMatchObject({ hasRun: false, status: first.status, bytes: first.bytes });
      // Node tells the length of what it has whole; a stream's it does not.
      const { 'content-length': _length, 'transfer-encoding': _encoding, ...told } = first.headers;
      expect(again.headers).toMatchObject({ ...told, ...isReplayed });
      if (first.headers['content-length']) expect(again.headers).toEqual({ ...first.headers, ...isReplayed });
    }
  });

  it('the key may be quoted or not, and members may come in another order', async () => {
    const key = randomUUID();
    const first = await call(key, '', { body: { a: 1, b: 2 } });
    const again = await call(`"${key}"`, '', { body: { b: 2, a: 1 } });
    expect(again).toMatchObject({ hasRun: false, bytes: first.bytes });
  });

  it('a malformed key is 400, and nothing is done', async () => {
    expect(await call('a b')).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_INVALID', hasRun: false });
    expect(await call('k'.repeat(256))).toMatchObject({ status: 400, hasRun: false });
  });

  it.each<[string, string, Call]>([
    ['body', '', { body: { a: 2 } }],
    ['path', '/text', {}],
    ['query', '?a=1', {}],
    ['method', '', { method: 'PATCH' }],
  ])('another %s is 422', async (_name, path, request) => {
    const key = randomUUID();
    await call(key);
    const other = await call(key, path, request);
    expect(other).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED', hasRun: false });
  });

  it('while the first request is at it, a repetition is 409, and another request 422', async () => {
    const key = randomUUID();
    let finish!: () => void;
    waiting = new Promise((resolve) => (finish = resolve));
    const claimed = claimOf(app);
    const first = call(key);
    await claimed;
    const meanwhile = await call(key);
    expect(meanwhile).toMatchObject({ status: 409, code: 'IDEMPOTENCY_IN_FLIGHT' });
    expect(meanwhile.headers['retry-after']).toBe('1');
    expect(await call(key, '', { body: ['other'] })).toMatchObject({ status: 422 });
    finish();
    const { bytes } = await first;
    expect(await call(key)).toMatchObject({ status: 201, bytes, headers: isReplayed });
  });

  it('a request that takes long keeps its key, but not for ever', async () => {
    const prolong = jest.spyOn(app.get(AnswerStore), 'prolong');
    jest.useFakeTimers({ doNotFake: [...EVERYTHING_BUT_INTERVALS] });
    try {
      let finish!: () => void;
      waiting = new Promise((resolve) => (finish = resolve));
      const claimed = claimOf(app);
      const first = call(randomUUID());
      await claimed;
      while (jest.getTimerCount() === 0) await new Promise(setImmediate);
      jest.advanceTimersByTime(10_000);
      expect(prolong).toHaveBeenCalledTimes(4);
      expect(await prolong.mock.results[0].value).toBe(true);
      jest.advanceTimersByTime(600_000);
      expect(prolong).toHaveBeenCalledTimes(48);
      finish();
      expect((await first).status).toBe(201);
      await call(randomUUID());
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
      prolong.mockRestore();
    }
  });

  it('of 20 at once one is carried out', async () => {
    const key = randomUUID();
    const before = runs;
    const all = await Promise.all(Array.from({ length: 20 }, () => call(key)));
    expect(runs).toBe(before + 1);
    for (const { status } of all) expect([201, 409]).toContain(status);
    expect(new Set(all.filter(({ status }) => status === 201).map(({ bytes }) => bytes)).size).toBe(1);
  });

  it.each<ProblemCode>(['CODE_MISMATCH', 'NOT_FOUND', 'PHONE_TAKEN', 'VERIFICATION_USED'])(
    '%s is given again, with the words of the first time',
    async (code) => {
      const key = randomUUID();
      const first = await call(key, '/refused', { body: { code }, 'accept-language': 'zh-CN' });
      const again = await call(key, '/refused', { body: { code }, 'accept-language': 'en' });
      expect(again).toMatchObject({ hasRun: false, status: first.status, bytes: first.bytes });
      expect(again.headers).toMatchObject({ 'content-language': 'zh-CN', 'cache-control': 'no-store' });
    },
  );

  it.each<ProblemCode>([
    'VALIDATION_FAILED',
    'LOGIN_FAILED',
    'STEP_UP_REQUIRED',
    'CAPTCHA_REQUIRED',
    'SEND_COOLDOWN',
    'STORE_UNAVAILABLE',
  ])('after %s the same request is tried again, and a corrected one too', async (code) => {
    const key = randomUUID();
    expect(await call(key, '/refused', { body: { code } })).toMatchObject({ code, hasRun: true });
    expect(await call(key, '/refused', { body: { code } })).toMatchObject({ code, hasRun: true });
    expect(await call(key)).toMatchObject({ status: 201 });
  });

  it('after a fault of ours the same request is tried again', async () => {
    const key = randomUUID();
    expect(await call(key, '/broken')).toMatchObject({ status: 500, hasRun: true });
    expect(await call(key, '/broken')).toMatchObject({ status: 500, hasRun: true });
  });

  it('a user is the same with a new token; another user, and who is refused, are not', async () => {
    const key = randomUUID();
    const first = await call(key, '/own', { authorization: 'Bearer ada.1' });
    expect(await call(key, '/own', { authorization: 'Bearer ada.2' })).toMatchObject({
      hasRun: false,
      bytes: first.bytes,
    });
    expect(await call(key, '/own', { authorization: 'Bearer bob.1' })).toMatchObject({ hasRun: true });
    expect(await call(key, '/own')).toMatchObject({ status: 401, hasRun: false });
  });

  it('without a user, callers are told apart by what they carry', async () => {
    const key = randomUUID();
    expect(await call(key, '', { authorization: 'Basic one' })).toMatchObject({ hasRun: true });
    expect(await call(key, '', { authorization: 'Basic two' })).toMatchObject({ hasRun: true });
    expect(await call(key, '', { authorization: 'Basic one' })).toMatchObject({ hasRun: false });
  });

  it('a repetition counts no send, and a refused use of the key none either', async () => {
    const key = randomUUID();
    const first = await call(key, '/sent');
    expect(JSON.parse(first.bytes)).toMatchObject({ addressSends: 0 });
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await call(key, '/sent')).toMatchObject({ hasRun: false, bytes: first.bytes });
      expect(await call(key, '/sent', { body: { b: turn } })).toMatchObject({ status: 422 });
    }
    const second = await call(undefined, '/sent');
    expect(JSON.parse(second.bytes)).toMatchObject({ addressSends: 1 });
  });

  it('limits are told anew with a repetition', async () => {
    await redis.client.del(...(await redis.client.keys(`${redis.prefix}*sends*`)));
    const key = randomUUID();
    const first = await call(key, '/sent');
    const again = await call(key, '/sent');
    expect(again.headers.ratelimit).toContain('"sends"');
    expect(again.headers.ratelimit).not.toBe(first.headers.ratelimit);
  });

  it('an answer that is too long is not kept', async () => {
    const key = randomUUID();
    expect((await call(key, '/long')).bytes.length).toBeGreaterThan(70_000);
    expect(await call(key, '/long')).toMatchObject({ status: 201, hasRun: true });
  });

  it('an answer for now is none to keep', async () => {
    runs = 0;
    const key = randomUUID();
    const turns = [
      await call(key, '/slow'),
      await call(key, '/slow'),
      await call(key, '/slow'),
      await call(key, '/slow'),
    ];
    expect(turns.map(({ bytes }) => bytes)).toEqual(['{"run":1}', '{"run":2}', '{"run":3}', '{"run":3}']);
  });

  it('reading needs no key, and neither does a POST that only reads', async () => {
    const key = randomUUID();
    const read = { method: 'GET', body: null };
    expect(await call(key, '', read)).toMatchObject({ hasRun: true });
    expect(await call(key, '', read)).toMatchObject({ hasRun: true });
    expect(await call(key, '/asked')).toMatchObject({ hasRun: true });
    expect(await call(key, '/asked')).toMatchObject({ hasRun: true });
  });

  it('an answer that nobody waited for is given to who comes again', async () => {
    const key = randomUUID();
    const kept = jest.spyOn(app.get(AnswerStore), 'keep');
    let finish!: () => void;
    waiting = new Promise((resolve) => (finish = resolve));
    const claimed = claimOf(app);
    const left = new Promise((resolve) => {
      app.getHttpServer().once('connection', (accepted: Socket) => accepted.once('close', resolve));
    });
    const { port } = new URL(url);
    const body = '{"a":1}';
    const socket = connect(Number(port), '127.0.0.1').end(
      `POST /things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
        `Idempotency-Key: ${key}\r\n\r\n${body}`,
    );
    await claimed;
    socket.destroy();
    await left;
    const before = runs;
    finish();
    while (kept.mock.results.length === 0) await new Promise(setImmediate);
    await kept.mock.results[0].value;
    expect(runs).toBe(before + 1);
    expect(await call(key)).toMatchObject({ status: 201, hasRun: false, headers: isReplayed });
    kept.mockRestore();
  });

  it('without the header no store is asked', async () => {
    const sendCommand = jest.spyOn(redis.client, 'sendCommand');
    await call(undefined);
    expect(sendCommand).not.toHaveBeenCalled();
    sendCommand.mockRestore();
  });

  it('with it, two round trips the first time and one after', async () => {
    const key = randomUUID();
    const sendCommand = jest.spyOn(redis.client, 'sendCommand');
    await call(key);
    expect(sendCommand).toHaveBeenCalledTimes(2);
    await call(key);
    expect(sendCommand).toHaveBeenCalledTimes(3);
    sendCommand.mockRestore();
  });

  it('without the store, a request with a key is refused and not carried out', async () => {
    const evalsha = jest.spyOn(redis.client, 'evalsha').mockRejectedValue(new Error('Connection is closed.'));
    expect(await call(randomUUID())).toMatchObject({ status: 503, code: 'STORE_UNAVAILABLE', hasRun: false });
    expect(await call(undefined)).toMatchObject({ status: 201 });
    evalsha.mockRestore();
  });

  it('when the store goes meanwhile, the answer is given all the same', async () => {
    const keep = jest.spyOn(app.get(AnswerStore), 'keep').mockRejectedValue(new Problem('STORE_UNAVAILABLE'));
    const key = randomUUID();
    expect(await call(key)).toMatchObject({ status: 201 });
    keep.mockRestore();
    expect(await call(key)).toMatchObject({ status: 409, hasRun: false });
  });
});

/** Resolves when the next request has taken its key. */
function claimOf(app: INestApplication): Promise<void> {
  const store = app.get(AnswerStore);
  const claim = store.claim.bind(store);
  return new Promise((resolve) => {
    jest.spyOn(store, 'claim').mockImplementationOnce(async (...args) => {
      const claimed = await claim(...args);
      resolve();
      return claimed;
    });
  });
}
