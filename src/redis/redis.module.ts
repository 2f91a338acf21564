import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import type { RedisClientOptions } from './redis-client';
import { PubSub } from './pub-sub';
import { REDIS, type RedisConnection } from './redis-connection';
import { openRedis, RedisLifecycle } from './redis-lifecycle';

export { REDIS, type RedisConnection } from './redis-connection';

/** Where the short-lived state lives. */
export interface RedisModuleOptions extends RedisClientOptions {
  /** What every key begins with. @default 'gatecode:' */
  readonly prefix?: string;
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<RedisModuleOptions>({
  moduleName: 'GatecodeRedis',
})
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

const connect = (options: RedisModuleOptions): Promise<RedisConnection> =>
  openRedis({ ...options, prefix: options.prefix ?? 'gatecode:' });

/** One connection to Redis or Valkey: single, Sentinel or Cluster. It ends what it opened when the app closes. */
@Module({
  providers: [
    { provide: REDIS, useFactory: connect, inject: [MODULE_OPTIONS_TOKEN] },
    RedisLifecycle,
    PubSub,
  ],
  exports: [REDIS, PubSub],
})
export class RedisModule extends ConfigurableModuleClass {}
