import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { TrustedProxies } from '../common/client-address';
import type { Secrets } from '../common/secrets';

/** Seconds for which an answer is kept, unless configured. */
export const IDEMPOTENCY_TTL = 86_400;
/** Seconds for which a refusal is kept, and whatever a caller has beyond its share. */
export const SHORT_TTL = 600;
/** Answers of one caller that are kept for the whole time, so that nobody fills the store. */
export const ANSWERS_PER_CALLER = 1_000;

export interface IdempotencyModuleOptions {
  /** What is kept is sealed and found by keyed digests. */
  readonly secrets: Secrets;
  /** Seconds for which an answer is kept. @default 86_400 */
  readonly ttl?: number;
  /** Who may say where an anonymous request came from. @default nobody */
  readonly trustedProxies?: TrustedProxies;
}

export const { ConfigurableModuleClass: IdempotencyModuleClass, MODULE_OPTIONS_TOKEN: IDEMPOTENCY_OPTIONS } =
  new ConfigurableModuleBuilder<IdempotencyModuleOptions>({ moduleName: 'GatecodeIdempotency' })
    .setClassMethodName('forRoot') // also makes forRootAsync
    .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
    .build();
