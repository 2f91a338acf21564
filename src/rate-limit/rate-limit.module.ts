import { Module } from '@nestjs/common';
import { RATE_LIMIT_OPTIONS, RateLimitModuleClass } from './rate-limit.options';
import { RedisThrottlerStorage } from './redis-throttler-storage';

export type { RateLimitModuleOptions } from './rate-limit.options';

/**
 * What `@RateLimit()` and `@CountsSends()` need. It limits nothing by itself: the decorators stand on the routes.
 * Needs the connection of RedisModule.
 */
@Module({
  providers: [RedisThrottlerStorage],
  exports: [RedisThrottlerStorage, RATE_LIMIT_OPTIONS],
})
export class RateLimitModule extends RateLimitModuleClass {}
