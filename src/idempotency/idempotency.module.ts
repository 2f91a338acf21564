import { Module } from '@nestjs/common';
import { AnswerStore } from './answer-store';
import { IdempotencyInterceptor } from './idempotency.interceptor';
import { IDEMPOTENCY_OPTIONS, IdempotencyModuleClass } from './idempotency.options';

export type { IdempotencyModuleOptions } from './idempotency.options';

/**
 * What {@link IdempotencyInterceptor} needs. It intercepts nothing by itself: an application applies it, to all of its
 * routes with `app.useGlobalInterceptors(app.get(IdempotencyInterceptor))` or to some with `@UseInterceptors()`.
 * Needs the connection of RedisModule.
 */
@Module({
  providers: [AnswerStore, IdempotencyInterceptor],
  exports: [AnswerStore, IDEMPOTENCY_OPTIONS, IdempotencyInterceptor],
})
export class IdempotencyModule extends IdempotencyModuleClass {}
