import type { RedisConnection } from '../redis/redis-connection';
import { slotOf, slotOfSegment } from './verification-id';

/** A number as the store knows it: blind indexes only, base64url. */
export interface StoredNumber {
  readonly index: string;
  readonly segment: string;
}

/** What everything about one segment of numbers begins with; the tag in braces keeps it in one slot of a Cluster. */
export function prefixOf(
  redis: RedisConnection,
  at: { verificationId: string } | { segment: string },
): string {
  const tag =
    'segment' in at ? slotOfSegment(Buffer.from(at.segment, 'base64url')) : slotOf(at.verificationId);
  return `${redis.prefix}{${tag}}:`;
}

export function recordKey(redis: RedisConnection, verificationId: string): string {
  return `${prefixOf(redis, { verificationId })}verification:${verificationId}`;
}

/** Reads a hash as scripts answer it: name, value, name, value … */
export function pairs(flat: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) fields[flat[i]] = flat[i + 1];
  return fields;
}
