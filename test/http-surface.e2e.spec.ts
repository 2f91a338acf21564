import {
  Body,
  Controller,
  Get,
  HttpCode,
  type INestApplication,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
  UnauthorizedException,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsOptional, IsString } from 'class-validator';
import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import request, { type Response } from 'supertest';
import { setUpApp } from '../src/app.setup';
import { HttpContract } from '../src/common/http-contract.decorator';
import { Problem } from '../src/common/problem';
import { PROBLEMS, type ProblemCode } from '../src/common/problem-catalog';
import { currentRequestId } from '../src/common/request-context';
import { IsPlainText } from '../src/common/validation';
import { createHttpAdapter } from '../src/http/http-adapter';
import type { HttpPlatform } from '../src/http/platform';
import { DrainService } from '../src/ops/drain.service';
import { OpsModule } from '../src/ops/ops.module';
import { CountsSends, RateLimit } from '../src/rate-limit/rate-limit.decorator';
import { RateLimitModule } from '../src/rate-limit/rate-limit.module';
import { RedisModule } from '../src/redis/redis.module';

class ThingDto {
  @IsString()
  readonly phone: string;

  @IsOptional()
  @IsPlainText()
  readonly nickname?: string;
}

class FilterDto {
  @IsOptional()
  @IsString()
  readonly to?: string;
}

@HttpContract()
@Controller()
class ProbeController {
  @Post('things')
  @HttpCode(200)
  create(@Body() thing: ThingDto) {
    return {
      ...thing,
      polluted: ({} as { isAdmin?: boolean }).isAdmin ?? false,
      requestId: currentRequestId(),
    };
  }

  @Get('things')
  list(@Query() filter: FilterDto) {
    return { ...filter };
  }

  @Get('things/:id')
  one(@Param('id', ParseUUIDPipe) id: string) {
    return { id };
  }

  @Get('problems/:code')
  problem(@Param('code') code: ProblemCode) {
    throw new Problem(code, { retryAfter: 7, attemptsRemaining: 2 });
  }

  @Get('faults/:kind')
  fault(@Param('kind') kind: string) {
    if (kind === 'nest-401') throw new UnauthorizedException();
    if (kind === 'pg-gone') throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    if (kind === 'pool') throw new Error('timeout exceeded when trying to connect');
    if (kind === 'nul') throw Object.assign(new Error('invalid byte sequence'), { code: '22021' });
    throw new Error('secret plan: SELECT * FROM users WHERE phone = 13800138000');
  }

  @Post('hooks/sms/vendor')
  @HttpCode(200)
  hook(@Body() body: unknown) {
    return { body };
  }

  @Post('limited')
  @HttpCode(202)
  @RateLimit('limited')
  @CountsSends()
  limited() {
    return {};
  }

  @Post('throttled')
  @HttpCode(200)
  @RateLimit('throttled')
  throttled() {
    return {};
  }
}

@Controller('dev')
class RootController {
  @Get('page')
  page() {
    return {};
  }
}

class SurfaceModule {}

const PLATFORMS: readonly HttpPlatform[] = ['express', 'fastify'];

let app: INestApplication;
let port: number;

const PER_MINUTE = 30;
/** Long enough for 10 MB to be read by a machine that does other things too. */
const BODY_DEADLINE_MS = 3_000;

async function start(platform: HttpPlatform, trustedProxies = 0): Promise<void> {
  // As main.ts does it: what NestFactory makes is wrapped otherwise than what the testing module makes.
  const surface = {
    module: SurfaceModule,
    imports: [
      RedisModule.forRoot({
        url: process.env.REDIS_URL ?? '',
        prefix: `http-surface-${randomBytes(6).toString('hex')}:`,
      }),
      RateLimitModule.forRoot({ perMinute: PER_MINUTE, sendsPerHour: 3, trustedProxies }),
      OpsModule.forRoot({}),
    ],
    controllers: [ProbeController, RootController],
  };
  app = await NestFactory.create(surface, await createHttpAdapter(platform), {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  setUpApp(app, { trustedProxies, production: false, bodyDeadlineMs: BODY_DEADLINE_MS });
  await app.listen(0, '127.0.0.1');
  port = (app.getHttpServer().address() as AddressInfo).port;
}

const api = () => request(`http://127.0.0.1:${port}`);
const json = (path: string, text: string) =>
  api().post(path).set('Content-Type', 'application/json').send(text);

/** Sends bytes as they are and reads until the server closes. */
function raw(...pieces: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => pieces.forEach((piece) => socket.write(piece)));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

function expectProblem(
  { status, headers, body }: Pick<Response, 'status' | 'headers' | 'body'>,
  code: ProblemCode,
): void {
  expect(body).toMatchObject({ code, status: PROBLEMS[code].status, requestId: headers['x-request-id'] });
  expect(status).toBe(PROBLEMS[code].status);
  expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(headers['cache-control']).toBe('no-store');
  expect(body.type).toBe(`https://gatecode.dev/problems/${code.toLowerCase().replaceAll('_', '-')}`);
  for (const member of ['title', 'detail', 'instance', 'requestId'])
    expect(body[member]).toEqual(expect.any(String));
  expect(body.detail).not.toContain('{');
  if (status === 429 || status === 503) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  expect(headers['retry-after']).toBe(body.retryAfter === undefined ? undefined : String(body.retryAfter));
  if (status === 401) expect(headers['www-authenticate']).toMatch(/^(Bearer|Basic) realm=/);
}

describe.each(PLATFORMS)('the HTTP surface on %s', (platform) => {
  beforeAll(() => start(platform));
  afterAll(() => app.close());

  describe('problems (J1)', () => {
    it.each(Object.keys(PROBLEMS) as ProblemCode[])('%s in English and in Chinese', async (code) => {
      const english = await api().get(`/v1/problems/${code}`);
      expectProblem(english, code);
      expect(english.headers['content-language']).toBe('en');
      expect(english.headers.vary).toContain('Accept-Language');
      const chinese = await api().get(`/v1/problems/${code}`).set('Accept-Language', 'zh-CN,zh;q=0.9');
      expectProblem(chinese, code);
      expect(chinese.headers['content-language']).toBe('zh-CN');
      expect(chinese.body.title).toMatch(/\p{Script=Han}/u);
      expect(chinese.body.detail).toMatch(/\p{Script=Han}/u);
    });

    it.each<[string, () => Promise<Response>, ProblemCode]>([
      ['an unknown path', () => api().get('/v1/nothing'), 'NOT_FOUND'],
      ['an unknown path outside of the prefix', () => api().get('/nothing?x=1'), 'NOT_FOUND'],
      ['an unknown path below /dev', () => api().get('/dev/nothing'), 'NOT_FOUND'],
      ['the root', () => api().get('/'), 'NOT_FOUND'],
      ['another method', () => api().delete('/v1/things'), 'METHOD_NOT_ALLOWED'],
      ['another method outside of the prefix', () => api().put('/dev/page'), 'METHOD_NOT_ALLOWED'],
      ['another method of a probe', () => api().post('/livez'), 'METHOD_NOT_ALLOWED'],
      ['a bad escape in the path', () => api().get('/v1/things/%E0%A4%A'), 'MALFORMED_PATH'],
      ['a parameter of the wrong form', () => api().get('/v1/things/1'), 'VALIDATION_FAILED'],
      ['broken JSON', () => json('/v1/things', '{"phone":'), 'MALFORMED_BODY'],
      ['bytes that are no JSON', () => json('/v1/things', '\0'), 'MALFORMED_BODY'],
      ['no body', () => api().post('/v1/things'), 'VALIDATION_FAILED'],
      ['an array', () => json('/v1/things', '[]'), 'VALIDATION_FAILED'],
      ['a string', () => json('/v1/things', '"x"'), 'VALIDATION_FAILED'],
      ['null', () => json('/v1/things', 'null'), 'VALIDATION_FAILED'],
      ['an unknown member', () => json('/v1/things', '{"phone":"x","y":1}'), 'VALIDATION_FAILED'],
      ['an unknown parameter', () => api().get('/v1/things?y=1'), 'VALIDATION_FAILED'],
      ['a form', () => api().post('/v1/things').type('form').send({ phone: 'x' }), 'UNSUPPORTED_MEDIA_TYPE'],
      ['plain text', () => api().post('/v1/things').type('text/plain').send('x'), 'UNSUPPORTED_MEDIA_TYPE'],
      [
        'a charset that JSON has not',
        () => api().post('/v1/things').set('Content-Type', 'application/json; charset=gbk').send('{}'),
        'UNSUPPORTED_MEDIA_TYPE',
      ],
      [
        'an unknown encoding',
        () => json('/v1/things', '{}').set('Content-Encoding', 'x-unknown'),
        'UNSUPPORTED_MEDIA_TYPE',
      ],
      ["a framework's 401", () => api().get('/v1/faults/nest-401'), 'UNAUTHENTICATED'],
      [
        "a framework's 401 with a token",
        () => api().get('/v1/faults/nest-401').set('Authorization', 'Bearer x'),
        'TOKEN_INVALID',
      ],
      ['a database that is gone', () => api().get('/v1/faults/pg-gone'), 'STORE_UNAVAILABLE'],
      ['a pool without a connection', () => api().get('/v1/faults/pool'), 'STORE_UNAVAILABLE'],
      ['NUL that reached the database', () => api().get('/v1/faults/nul'), 'VALIDATION_FAILED'],
      ['a fault of ours', () => api().get('/v1/faults/other'), 'INTERNAL_ERROR'],
    ])('%s', async (_, send, code) => {
      expectProblem(await send(), code);
    });

    it('names the methods of a path', async () => {
      expect((await api().delete('/v1/things')).headers.allow).toBe('GET, HEAD, POST');
      expect((await api().post('/v1/things/0197f5c6-1380-7013-8000-138001380001')).headers.allow).toBe(
        'GET, HEAD',
      );
    });

    it('points at what is wrong and does not repeat it', async () => {
      const { body, text } = await json('/v1/things', '{"phone":["s3cret"],"nickname":"a\\u0000b"}');
      expect(body.errors).toMatchObject([
        { pointer: '#/phone', code: 'IS_STRING' },
        { pointer: '#/nickname', code: 'IS_PLAIN_TEXT' },
      ]);
      expect(text).not.toContain('s3cret');
    });

    it('says in Chinese what is wrong with each member', async () => {
      const request = json('/v1/things', '{"phone":["x"],"nickname":"a\\u0000b","colour":1}');
      const { body } = await request.set('Accept-Language', 'zh-CN');
      expect(body.errors).toEqual([
        { pointer: '#/colour', code: 'UNKNOWN_MEMBER', detail: '不支持该字段，请去掉' },
        { pointer: '#/phone', code: 'IS_STRING', detail: '应为字符串' },
        { pointer: '#/nickname', code: 'IS_PLAIN_TEXT', detail: '不能包含控制字符或不可见字符' },
      ]);
    });

    it('shows nothing of a fault of ours', async () => {
      const { text } = await api().get('/v1/faults/other');
      expect(text).not.toMatch(/secret|SELECT|13800138000|at |\.ts/);
    });

    it('takes an acceptable request id and replaces another', async () => {
      const good = await api().get('/v1/nothing').set('X-Request-Id', 'client-id.0001');
      expect(good.headers['x-request-id']).toBe('client-id.0001');
      expect(good.body.requestId).toBe('client-id.0001');
      const inside = await json('/v1/things', '{"phone":"x"}').set('X-Request-Id', 'client-id.0002');
      expect(inside.body.requestId).toBe('client-id.0002');
      const bad = await api().get('/v1/nothing').set('X-Request-Id', 'no spaces please');
      expect(bad.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  describe('what never becomes a request', () => {
    it.each<[string, string, ProblemCode]>([
      ['garbage', 'garbage\r\n\r\n', 'MALFORMED_HEADER'],
      [
        'headers that are too large',
        `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
        'HEADERS_TOO_LARGE',
      ],
      ['a control character in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n', 'MALFORMED_HEADER'],
      [
        'two lengths',
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
        'MALFORMED_HEADER',
      ],
      ['no host', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', 'MALFORMED_HEADER'],
    ])('%s', async (_, bytes, code) => {
      const answer = await raw(bytes);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${PROBLEMS[code].status} `));
      expect(answer).toMatch(/\r\nContent-Type: application\/problem\+json/i);
      expect(answer).toContain(`"code":"${code}"`);
    });

    it('a body that does not arrive (C2)', async () => {
      const head =
        'POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n';
      const answer = raw(head, '{"pho');
      await api().get('/livez').expect(200);
      expect(await answer).toContain('"code":"REQUEST_TIMEOUT"');
    });
  });

  describe('bodies (C2)', () => {
    it.each<[string, () => Promise<Response>]>([
      ['10 MB of JSON', () => json('/v1/things', JSON.stringify({ phone: 'x'.repeat(10 * 2 ** 20) }))],
      ['a text of 1 MB', () => json('/v1/things', JSON.stringify({ phone: 'x'.repeat(2 ** 20) }))],
      ['100 000 arrays in each other', () => json('/v1/things', `${'['.repeat(1e5)}${']'.repeat(1e5)}`)],
      [
        '30 000 arrays in a member',
        () => json('/v1/things', `{"phone":${'['.repeat(3e4)}${']'.repeat(3e4)}}`),
      ],
      ['30 000 open brackets', () => json('/v1/things', '['.repeat(3e4))],
      [
        'a small body that unfolds to a large one',
        () =>
          api()
            .post('/v1/things')
            .set('Content-Type', 'application/json')
            .set('Content-Encoding', 'gzip')
            .serialize((body: unknown) => body as string)
            .send(gzipSync(JSON.stringify({ phone: 'x'.repeat(2 ** 20) })) as unknown as string),
      ],
      ['10 MB to a hook', () => json('/v1/hooks/sms/vendor', JSON.stringify('x'.repeat(10 * 2 ** 20)))],
    ])('%s are refused before the deadline of bodies', async (_, send) => {
      const { status, headers } = await send();
      expect([400, 413, 422]).toContain(status);
      expect(headers['content-type']).toMatch(/problem\+json/);
      await api().get('/livez').expect(200);
    });

    it('lets hooks send much, and forms and XML', async () => {
      const many = Array.from({ length: 10_000 }, (_, id) => ({
        id,
        status: 'DELIVRD',
        mobile: 'x'.repeat(60),
      }));
      expect((await json('/v1/hooks/sms/vendor', JSON.stringify(many)).expect(200)).body.body).toHaveLength(
        10_000,
      );
      const form = await api().post('/v1/hooks/sms/vendor').type('form').send('a=1&b=2').expect(200);
      expect(form.body).toEqual({ body: { a: '1', b: '2' } });
      const xml = await api().post('/v1/hooks/sms/vendor').type('application/xml').send('<a/>').expect(200);
      expect(xml.body).toEqual({ body: '<a/>' });
    });
  });

  describe('hostile values (C1, C3)', () => {
    it.each(['\\u0000', '\\r\\n', '\\u001b', '\\u202e', '\\u200d'])(
      'a name with %s is refused',
      async (character) => {
        expectProblem(
          await json('/v1/things', `{"phone":"x","nickname":"a${character}b"}`),
          'VALIDATION_FAILED',
        );
      },
    );

    it.each([
      '{"phone":"x","__proto__":{"isAdmin":true}}',
      '{"phone":"x","constructor":{"prototype":{"isAdmin":true}}}',
      '{"__proto__":{"phone":"x"}}',
    ])('%s changes nothing', async (text) => {
      expect([200, 422]).toContain((await json('/v1/things', text)).status);
      expect([200, 422]).toContain((await api().get('/v1/things?__proto__[isAdmin]=1&to=x')).status);
      expect([200, 422]).toContain((await api().get('/v1/things?__proto__=1&constructor=2')).status);
      const { body } = await json('/v1/things', '{"phone":"x"}').expect(200);
      expect(body).toEqual({ phone: 'x', polluted: false, requestId: expect.any(String) });
    });

    it('a header cannot be smuggled in through what is echoed', async () => {
      const answer = await raw(
        'GET /v1/x%0d%0aSet-Cookie:a=b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      );
      expect(answer).not.toMatch(/^set-cookie/im);
    });
  });

  describe('headers', () => {
    it('are those of an API', async () => {
      const { headers } = await json('/v1/things', '{"phone":"x"}').expect(200);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('etag');
      expect(headers['content-security-policy']).toContain("default-src 'self'");
    });
  });

  describe('limits (B4, J2)', () => {
    it('do not believe forwarding headers', async () => {
      const statuses: number[] = [];
      for (let hit = 0; hit < PER_MINUTE + 5; hit++) {
        const forged = `10.${randomBytes(3).join('.')}`;
        const { status } = await api()
          .post('/v1/throttled')
          .set({ 'X-Forwarded-For': forged, 'X-Real-IP': forged, Forwarded: `for=${forged}` });
        statuses.push(status);
      }
      expect(statuses.filter((status) => status === 200)).toHaveLength(PER_MINUTE);
      expect(statuses.slice(PER_MINUTE)).toEqual([429, 429, 429, 429, 429]);
      expectProblem(await api().post('/v1/throttled'), 'RATE_LIMITED');
    });

    it('say when to come back', async () => {
      for (let sent = 0; sent < 3; sent++) await api().post('/v1/limited').expect(202);
      const refused = await api().post('/v1/limited');
      expectProblem(refused, 'IP_HOURLY_LIMIT');
      expect(refused.headers['ratelimit-policy']).toBe(`"limited";q=${PER_MINUTE};w=60, "sends";q=3;w=3600`);
      expect(refused.headers.ratelimit).toContain(`"sends";r=0;t=${refused.headers['retry-after']}`);
    });
  });

  describe('probes', () => {
    it('say that the process lives and is ready', async () => {
      const live = await api().get('/livez').expect(200);
      expect(live.body).toEqual({ status: 'ok', checks: [] });
      const ready = await api().get('/readyz').expect(200);
      expect(ready.headers['cache-control']).toBe('no-store');
      expect(ready.body).toEqual({
        status: 'ok',
        checks: [
          { name: 'redis', ok: true },
          { name: 'accepting', ok: true },
        ],
      });
    });
  });
});

describe.each(PLATFORMS)('one trusted hop on %s (B4)', (platform) => {
  beforeAll(() => start(platform, 1));
  afterAll(() => app.close());

  it('counts on the last forwarded address only', async () => {
    const from = (forwarded: string) => api().post('/v1/limited').set('X-Forwarded-For', forwarded);
    for (let sent = 0; sent < 3; sent++) await from(`${randomBytes(4).join('.')}, 203.0.113.7`).expect(202);
    expectProblem(await from('198.51.100.1, 203.0.113.7'), 'IP_HOURLY_LIMIT');
    await from('203.0.113.7, 198.51.100.1').expect(202);
  });
});

describe.each(PLATFORMS)('draining on %s', (platform) => {
  beforeAll(() => start(platform));
  afterAll(() => app.close());

  it('asks for no more traffic and goes on serving', async () => {
    app.get(DrainService).begin();
    const ready = await api().get('/readyz').expect(503);
    expect(ready.body).toMatchObject({
      status: 'draining',
      checks: [{ name: 'redis' }, { name: 'accepting', ok: false }],
    });
    expect(ready.headers['retry-after']).toBe('1');
    await api().get('/livez').expect(200);
    const served = await json('/v1/things', '{"phone":"x"}').set('Connection', 'keep-alive').expect(200);
    expect(served.headers.connection).toBe('close');
  });
});
