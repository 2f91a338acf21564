import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import { COUNTS_SENDS, RATE_LIMIT_GROUP, RateLimitGuard } from './rate-limit.guard';

/**
 * Limits a route, or all routes of a controller, per client address.
 * @param group routes of one group share one count; also the name of the policy in `RateLimit-Policy`
 */
export function RateLimit(group: string): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(RATE_LIMIT_GROUP, group), UseGuards(RateLimitGuard));
}

/**
 * Counts a limited route's accepted requests against the hourly sends of the client address, in the same round trip.
 * A request that fails gives its send back: before it is answered where ProblemFilter answers, else right after.
 * Stands on methods beside `@RateLimit()`.
 */
export function CountsSends(): MethodDecorator {
  return SetMetadata(COUNTS_SENDS, true);
}
