import { randomBytes, randomUUID } from 'node:crypto';
import { type INestApplication, ValidationPipe } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Redis } from 'ioredis';
import request from 'supertest';
import { Secrets } from '../common/secrets';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard';
import { createRedisClient } from '../redis/redis-client';
import { CaptchaService } from './captcha.service';
import { CaptchasController } from './captchas.controller';
import { DevCaptchasController } from './dev-captchas.controller';

const client = createRedisClient({ url: process.env.REDIS_URL ?? '' }) as Redis;
const prefix = `spec:${randomUUID()}:`;
const captchas = new CaptchaService({ client, prefix }, new Secrets(randomBytes(32)));
let app: INestApplication;
const http = () => request(app.getHttpServer());

beforeAll(async () => {
  await client.connect();
  const module = await Test.createTestingModule({
    controllers: [CaptchasController, DevCaptchasController],
    providers: [{ provide: CaptchaService, useValue: captchas }],
  })
    .overrideGuard(RateLimitGuard)
    .useValue({ canActivate: () => true })
    .compile();
  app = module.createNestApplication({ logger: false });
  app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true, errorHttpStatusCode: 422 }));
  await app.init();
});

afterAll(async () => {
  await app.close();
  const keys = await client.keys(`${prefix}*`);
  if (keys.length > 0) await client.del(...keys);
  await client.quit();
});

it.each([
  ['without a body', undefined],
  ['with an empty one', {}],
])('POST /captchas %s gives an image that nobody caches', async (_, body) => {
  const answer = await http().post('/captchas').send(body).expect(201).expect('Cache-Control', 'no-store');
  expect(Object.keys(answer.body).sort()).toEqual(['captchaId', 'expiresIn', 'image', 'kind']);
  expect(answer.body).toMatchObject({ kind: 'image', expiresIn: 180 });
});

it('POST /captchas gives a proof of work to whoever asks for one', async () => {
  const answer = await http().post('/captchas').send({ kind: 'pow' }).expect(201);
  expect(Object.keys(answer.body).sort()).toEqual(['captchaId', 'challenge', 'expiresIn', 'kind']);
});

it('POST /captchas knows no other kinds', () => http().post('/captchas').send({ kind: 'audio' }).expect(422));

it.each(['image', 'pow'])('GET /dev/captchas/{id} tells the answer of kind %s', async (kind) => {
  const { captchaId } = (await http().post('/captchas').send({ kind }).expect(201)).body;
  const { answer } = (await http().get(`/dev/captchas/${captchaId}`).expect(200)).body;
  await captchas.consume(captchaId, answer);
  await http().get(`/dev/captchas/${captchaId}`).expect(404);
});
