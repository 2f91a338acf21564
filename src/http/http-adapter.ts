import type { AbstractHttpAdapter } from '@nestjs/core';
import type { HttpPlatform } from './platform';

/** The platform is loaded only where it is asked for. */
export async function createHttpAdapter(platform: HttpPlatform): Promise<AbstractHttpAdapter> {
  if (platform === 'fastify') return new (await import('./fastify.adapter.js')).GatecodeFastifyAdapter();
  return new (await import('@nestjs/platform-express')).ExpressAdapter();
}
