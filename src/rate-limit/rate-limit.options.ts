import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { TrustedProxies } from '../common/client-address';

/** A network may send as much as that many of its addresses, unless configured. */
export const ADDRESSES_OF_NETWORK = 25;

/** Limits per client address: an IPv4 address or an IPv6 /64. 0 means none. */
export interface RateLimitModuleOptions {
  /** Requests per minute, per address and route group. */
  readonly perMinute: number;
  /** Accepted sends per hour, over all routes that count sends. */
  readonly sendsPerHour: number;
  /** Accepted sends per hour of an IPv4 /24 or an IPv6 /48. @default 25 times `sendsPerHour` */
  readonly sendsPerPrefixAndHour?: number;
  /** Who may say where a request came from. @default nobody */
  readonly trustedProxies?: TrustedProxies;
}

export const {
  ConfigurableModuleClass: RateLimitModuleClass,
  MODULE_OPTIONS_TOKEN: RATE_LIMIT_OPTIONS,
  OPTIONS_TYPE: RATE_LIMIT_OPTIONS_TYPE,
  ASYNC_OPTIONS_TYPE: RATE_LIMIT_ASYNC_OPTIONS_TYPE,
} = new ConfigurableModuleBuilder<RateLimitModuleOptions>({ moduleName: 'GatecodeRateLimit' })
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();
