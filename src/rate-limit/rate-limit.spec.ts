import {
  Controller,
  Get,
  HttpCode,
  type INestApplication,
  Param,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { Problem } from '../common/problem';
import { ProblemFilter } from '../common/problem.filter';
import { REDIS, RedisModule, type RedisConnection } from '../redis/redis.module';
import { CountsSends, RateLimit } from './rate-limit.decorator';
import { RateLimitModule, type RateLimitModuleOptions } from './rate-limit.module';
import type { RateLimitedRequest } from './rate-limited-request';
import { RedisThrottlerStorage } from './redis-throttler-storage';

class NobodyMayPass {
  canActivate(): boolean {
    throw new Problem('UNAUTHENTICATED');
  }
}

@Controller()
@RateLimit('things')
class ThingsController {
  @Get('things')
  @RateLimit('things')
  list(@Req() { clientAddress }: RateLimitedRequest) {
    return { clientAddress };
  }

  @Get('others')
  @RateLimit('others')
  others() {
    return {};
  }

  @Post('sends/:outcome')
  @RateLimit('sends-route')
  @CountsSends()
  @HttpCode(202)
  async send(@Req() request: RateLimitedRequest, @Param('outcome') outcome: string) {
    if (outcome === 'refused') throw new Problem('CAPTCHA_REQUIRED');
    if (outcome === 'replayed') await request.giveBackSend?.();
    return { addressSends: request.addressSends };
  }

  @Post('guarded-sends')
  @CountsSends()
  @UseGuards(NobodyMayPass)
  guarded() {
    return {};
  }
}

@Controller()
class FreeController {
  @Get('free')
  free() {
    return {};
  }
}

let sent: string[] = [];
let app: INestApplication | undefined;

async function start(
  limits: Partial<RateLimitModuleOptions>,
  url = process.env.REDIS_URL ?? '',
): Promise<string> {
  const prefix = `rate-limit-spec-${randomUUID()}:`;
  const fixture = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ url, prefix, onCommand: (name) => sent.push(name) }),
      RateLimitModule.forRoot({ perMinute: 0, sendsPerHour: 0, ...limits }),
    ],
    controllers: [ThingsController, FreeController],
  }).compile();
  app = fixture.createNestApplication();
  app.useGlobalFilters(new ProblemFilter(app.get(HttpAdapterHost)));
  await app.listen(0, '127.0.0.1');
  const redis = app.get<RedisConnection>(REDIS);
  // The server is told the script beforehand, so that the specs count what a running system pays.
  await app
    .get(RedisThrottlerStorage)
    .admit({ bucket: 'warm', group: 'up', limit: 1, windowMs: 1 })
    .catch(() => undefined);
  sent = [];
  return redis.prefix;
}

const api = () => request(app?.getHttpServer() as Parameters<typeof request>[0]);

afterEach(async () => {
  await app?.close();
  app = undefined;
});

describe('requests per minute', () => {
  it('admits as many as the limit, and announces them', async () => {
    await start({ perMinute: 2 });
    const first = await api().get('/things').expect(200);
    expect(first.headers['ratelimit-policy']).toBe('"things";q=2;w=60');
    expect(first.headers.ratelimit).toBe('"things";r=1;t=60');
    expect(first.body).toEqual({ clientAddress: '127.0.0.1' });
    await api().get('/things').expect(200);
    const refused = await api().get('/things').expect(429);
    expect(refused.body).toMatchObject({
      code: 'RATE_LIMITED',
      retryAfter: Number(refused.headers['retry-after']),
    });
    expect(refused.headers.ratelimit).toMatch(/^"things";r=0;t=(60|59)$/);
    expect(Object.keys(refused.headers).filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
  });

  it('counts each group for itself', async () => {
    await start({ perMinute: 1 });
    await api().get('/things').expect(200);
    await api().get('/others').expect(200);
    await api().get('/others').expect(429);
  });

  it('costs one round trip, and none where there is no limit', async () => {
    await start({ perMinute: 10 });
    await api().get('/things').expect(200);
    expect(sent).toEqual(['evalsha']);
    await api().get('/free').expect(200);
    expect(sent).toEqual(['evalsha']);
    await app?.close();

    await start({ perMinute: 0 });
    const free = await api().get('/things').expect(200);
    expect(sent).toEqual([]);
    expect(free.headers).not.toHaveProperty('ratelimit');
  });

  it('does not believe a forwarding header unless a proxy is trusted', async () => {
    await start({ perMinute: 1 });
    await api().get('/things').set('X-Forwarded-For', '1.1.1.1').expect(200);
    await api().get('/things').set('X-Forwarded-For', '2.2.2.2').set('Forwarded', 'for=3.3.3.3').expect(429);
    await app?.close();

    await start({ perMinute: 1, trustedProxies: 1 });
    await api().get('/things').set('X-Forwarded-For', '9.9.9.9, 2001:db8:1:2::7').expect(200);
    await api().get('/things').set('X-Forwarded-For', '8.8.8.8, 2001:db8:1:2::8').expect(429);
    await api().get('/things').set('X-Forwarded-For', '9.9.9.9, 2001:db8:1:3::7').expect(200);
  });

  it('answers 503 when the store is gone, but lets reads pass', async () => {
    await start({ perMinute: 1, sendsPerHour: 1 }, 'redis://127.0.0.1:1');
    const { body, headers } = await api().post('/sends/accepted').expect(503);
    expect(body).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(headers['retry-after']).toBe('5');
    await api().get('/things').expect(200);
    await api().get('/free').expect(200);
  });
});

describe('sends per hour', () => {
  it('counts accepted ones only, and leaves the number on the request', async () => {
    const prefix = await start({ perMinute: 100, sendsPerHour: 2 });
    const first = await api().post('/sends/accepted').expect(202);
    expect(first.body).toEqual({ addressSends: 0 });
    expect(first.headers['ratelimit-policy']).toBe('"sends-route";q=100;w=60, "sends";q=2;w=3600');
    expect(first.headers.ratelimit).toBe('"sends-route";r=99;t=60, "sends";r=1;t=3600');
    for (let again = 0; again < 3; again++) {
      await api().post('/sends/refused').expect(422);
      await api().post('/guarded-sends').expect(401);
      await api().post('/sends/replayed').expect(202);
    }
    expect((await api().post('/sends/accepted').expect(202)).body).toEqual({ addressSends: 1 });
    const full = await api().post('/sends/accepted').expect(429);
    expect(full.body.code).toBe('IP_HOURLY_LIMIT');
    expect(Number(full.headers['retry-after'])).toBeGreaterThan(3_590);
    expect(
      await app?.get<RedisConnection>(REDIS).client.zcard(`${prefix}sends:{127.0.0.0/24}:127.0.0.1`),
    ).toBe(2);
  });

  it('costs one round trip when the send is accepted', async () => {
    await start({ perMinute: 100, sendsPerHour: 5 });
    await api().post('/sends/accepted').expect(202);
    expect(sent).toEqual(['evalsha']);
  });

  it('counts without a limit, too', async () => {
    await start({ perMinute: 0, sendsPerHour: 0 });
    await api().post('/sends/accepted').expect(202);
    const second = await api().post('/sends/accepted').expect(202);
    expect(second.body).toEqual({ addressSends: 1 });
    expect(second.headers).not.toHaveProperty('ratelimit');
  });

  it('is exact under parallel load', async () => {
    await start({ perMinute: 0, sendsPerHour: 7 });
    const answers = await Promise.all(Array.from({ length: 40 }, () => api().post('/sends/accepted')));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(7);
  });
});

describe('RedisThrottlerStorage', () => {
  const send = (reservation: string) => ({ limit: 2, windowMs: 1_200, reservation });
  const ask = { bucket: 'b', group: 'g', limit: 3, windowMs: 1_000 };

  it('admits the repeat after exactly the announced time, however often it was asked meanwhile', async () => {
    await start({});
    const storage = (app as INestApplication).get(RedisThrottlerStorage);
    for (let hit = 1; hit <= 3; hit++)
      expect(await storage.admit(ask)).toMatchObject({ verdict: 'admitted', hits: hit });
    const { verdict, windowLeftMs } = await storage.admit(ask);
    expect(verdict).toBe('too many requests');
    const deadline = Date.now() + windowLeftMs;
    while (Date.now() < deadline - 50) {
      await storage.admit(ask);
      await sleep(20);
    }
    await sleep(deadline - Date.now() + 2);
    expect((await storage.admit(ask)).verdict).toBe('admitted');
  });

  it('lets sends slide out of their window one by one', async () => {
    await start({});
    const storage = (app as INestApplication).get(RedisThrottlerStorage);
    const free = { bucket: 'b', group: 'g', limit: 0, windowMs: 1_000 };
    await storage.admit({ ...free, send: send('1') });
    await sleep(300);
    await storage.admit({ ...free, send: send('2') });
    const refused = await storage.admit({ ...free, send: send('3') });
    expect(refused).toMatchObject({ verdict: 'too many sends', sends: 2 });
    await sleep(refused.sendsLeftMs + 2);
    expect(await storage.admit({ ...free, send: send('3') })).toMatchObject({
      verdict: 'admitted',
      sends: 1,
    });
    expect((await storage.admit({ ...free, send: send('4') })).verdict).toBe('too many sends');
    await storage.giveBack('b', '3');
    expect((await storage.admit({ ...free, send: send('4') })).verdict).toBe('admitted');
  });

  it('keeps the contract of @nestjs/throttler', async () => {
    await start({});
    const storage = (app as INestApplication).get(RedisThrottlerStorage);
    const increment = () => storage.increment('key', 60_000, 1, 0, 'default');
    expect(await increment()).toEqual({
      totalHits: 1,
      timeToExpire: 60,
      isBlocked: false,
      timeToBlockExpire: 0,
    });
    expect(await increment()).toMatchObject({ totalHits: 2, isBlocked: true, timeToBlockExpire: 60 });
  });
});
