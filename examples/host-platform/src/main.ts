import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { IdempotencyInterceptor } from 'gatecode';
import { PlatformModule } from './platform.module.js';
import { readSettings } from './settings.js';

const main = async () => {
  const app = await NestFactory.create<NestFastifyApplication>(
    PlatformModule.with(readSettings(process.env)),
    new FastifyAdapter(),
    { logger: ['error', 'warn'] },
  );
  app.setGlobalPrefix('api');
  app.useGlobalInterceptors(app.get(IdempotencyInterceptor));
  app.enableShutdownHooks();
  await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
  console.log(`The shop is open: ${await app.getUrl()}/api`);
};

void main();
