import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { WarehouseModule } from './warehouse.module.js';

const main = async () => {
  const { REDIS_URL: redisUrl, SHOP_URL: shopUrl, PORT } = process.env;
  if (!redisUrl || !shopUrl) throw new Error('Set REDIS_URL, and SHOP_URL (http://127.0.0.1:3000)');
  const app = await NestFactory.create<NestFastifyApplication>(
    WarehouseModule.with({ redisUrl, shopUrl }),
    new FastifyAdapter(),
    { logger: ['error', 'warn'] },
  );
  app.enableShutdownHooks();
  await app.listen(Number(PORT ?? 3001), '127.0.0.1');
  console.log(`The warehouse is open: ${await app.getUrl()}`);
};

void main();
