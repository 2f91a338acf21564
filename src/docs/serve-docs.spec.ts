import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import { setUpApp } from '../app.setup';

@Module({})
class NothingModule {}

const PATHS = [
  '/docs',
  '/docs/',
  '/docs/swagger-ui-init.js',
  '/docs/swagger-ui.css',
  '/docs-json',
  '/docs-yaml',
];

describe.each([
  ['outside production', false, 200],
  ['in production', true, 404],
])('The documents %s', (_, production, status) => {
  let app: NestExpressApplication;

  beforeAll(async () => {
    app = await NestFactory.create<NestExpressApplication>(NothingModule, {
      bodyParser: false,
      logger: false,
    });
    setUpApp(app, { trustedProxies: 0, production });
    await app.listen(0, '127.0.0.1');
  });

  afterAll(() => app.close());

  it.each(PATHS)(`answer ${status} to %s`, async (path) => {
    const { headers } = await request(app.getHttpServer()).get(path).expect(status);
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    if (status === 404) expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});
