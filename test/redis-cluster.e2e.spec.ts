import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { CanActivate } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { Test } from '@nestjs/testing';
import { JwksAuthModule, RedisModule } from '../src';
import { AUTHENTICATOR } from '../src/common/jwt-auth.guard';
import { eventually } from './support/eventually';
import { Journey, newPhone, otherThan } from './support/journey';
import { Registering } from './support/registrations';
import { type RunningApp, startApp, WIDE } from './support/start-app';

/** Three masters in a process of their own. */
async function startCluster(): Promise<{ url: string; server: ChildProcess }> {
  const script = `
    process.on('disconnect', () => process.exit());
    require('js-redis-server').createRedisMock({ cluster: { masters: 3 } })
      .then((cluster) => process.send(cluster.addresses()));`;
  const server = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [addresses] = (await once(server, 'message')) as [{ host: string; port: number }[]];
  return { url: addresses.map(({ host, port }) => `redis://${host}:${port}`).join(','), server };
}

describe('on a Redis Cluster', () => {
  let app: RunningApp;
  let server: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const cluster = await startCluster();
    ({ server, url } = cluster);
    app = await startApp({ REDIS_URL: url, CAPTCHA_MODE: 'risk' });
  });
  afterAll(async () => {
    await app.stop();
    const exited = once(server, 'exit');
    server.disconnect();
    await exited;
  });

  it('everything about one number lies in one slot, so the main job works, limits and all', async () => {
    const journey = new Journey(app);
    for (const number of [newPhone(), '+8613700000001', '+8615812345678']) {
      const captchaId = (await app.api.post('/v1/captchas').send({}).expect(201)).body.captchaId;
      const { answer } = (await app.api.get(`/dev/captchas/${captchaId}`).expect(200)).body;
      const captcha = { captchaId, answer };
      const start = () =>
        app.api.post('/v1/verifications').send({ phone: number, purpose: 'register', captcha });
      const { verificationId } = (await start().expect(202)).body;
      await app.api.post('/v1/verifications').send({ phone: number, purpose: 'login' }).expect(429);
      await app.api.post(`/v1/verifications/${verificationId}/resend`).send({}).expect(429);
      await journey.sent(verificationId);
      const code = await journey.code(number);
      const check = (digits: string) =>
        app.api.post(`/v1/verifications/${verificationId}/check`).send({ code: digits });
      await check(otherThan(code)).expect(422);
      const { ticket } = (await check(code).expect(200)).body;
      const { refreshToken } = (await app.api.post('/v1/users').send({ ticket }).expect(201)).body;
      await app.api.post('/v1/sessions/refresh').send({ refreshToken }).expect(200);
    }
    expect((await app.api.get('/readyz')).status).toBe(200);
  });

  it('a registration in steps lies in the slot of its number', async () => {
    const free = await startApp({ ...WIDE, REDIS_URL: url });
    try {
      const registering = await Registering.ready(free);
      await registering.put('phone', { code: registering.code }).expect(200);
      await registering.complete().expect(201);
      await registering.complete().expect(200);
    } finally {
      await free.stop();
    }
  });

  it('all answers of one caller lie in one slot, whatever its keys', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      const captcha = () => app.api.post('/v1/captchas').set('Idempotency-Key', `key-${turn}`).send({});
      const first = await captcha().expect(201);
      const again = await captcha().expect(201).expect('Idempotency-Replayed', 'true');
      expect(again.text).toBe(first.text);
    }
  });

  it('the budget lies in a slot of its own, and is kept all the same', async () => {
    const cluster = await startCluster();
    const small = await startApp({
      ...WIDE,
      REDIS_URL: cluster.url,
      SMS_DAILY_BUDGET: '5',
      SEGMENT_HOURLY_LIMIT: '1',
    });
    try {
      const start = (phone = newPhone()) =>
        small.api.post('/v1/verifications').send({ phone, purpose: 'login' });
      // The second to a segment is refused, and what it would have cost is given back.
      await start('+8613700000001').expect(202);
      await start('+8613700000002').expect(429);
      const answers = await Promise.all(Array.from({ length: 9 }, () => start()));
      expect(answers.map(({ status }) => status).filter((status) => status === 202)).toHaveLength(4);
    } finally {
      await small.stop();
      const exited = once(cluster.server, 'exit');
      cluster.server.disconnect();
      await exited;
    }
  });

  it('what ended lies in one slot, and is told to processes without a database', async () => {
    const free = await startApp({ ...WIDE, REDIS_URL: url });
    const { keys } = (await free.api.get('/.well-known/jwks.json')).body;
    const verifier = await Test.createTestingModule({
      imports: [
        RedisModule.forRoot({ url, prefix: free.cluster.redisPrefix }),
        JwksAuthModule.forRoot({
          issuer: 'gatecode',
          audience: 'gatecode',
          jwks: { keys },
          revocations: 'require',
        }),
      ],
    }).compile();
    await verifier.init();
    try {
      const { accessToken } = await new Journey(free).register();
      const headers = { authorization: `Bearer ${accessToken}` };
      const context = new ExecutionContextHost([{ headers }]);
      const judge = () => verifier.get<CanActivate>(AUTHENTICATOR).canActivate(context);
      await expect(judge()).resolves.toBe(true);
      await free.api.delete('/v1/sessions/current').set(headers).expect(204);
      await eventually('end of the token', () =>
        Promise.resolve(judge()).then(
          () => false,
          ({ code }) => code === 'TOKEN_INVALID',
        ),
      );
    } finally {
      await verifier.close();
      await free.stop();
    }
  });
});
