import { Inject, Injectable } from '@nestjs/common';
import { REDIS, type RedisConnection } from '../redis/redis.module';
import { prefixOf, type StoredNumber } from './store-keys';

/** What operators put into admission's way, or take out of it: blocks, and counts that are forgotten. */
@Injectable()
export class GuardStore {
  constructor(@Inject(REDIS) private readonly redis: RedisConnection) {}

  /**
   * Keeps a number or a segment from getting messages.
   * @param index blind index of the number, or of the segment
   * @param segment blind index of the segment, which says where the keys lie
   */
  async block(index: string, segment: string, effect: 'block' | 'challenge', forMs: number): Promise<void> {
    await this.redis.client.set(
      `${prefixOf(this.redis, { segment })}blocked:${index}`,
      effect,
      'PX',
      Math.max(1, forMs),
    );
  }

  async unblock(index: string, segment: string): Promise<void> {
    await this.redis.client.del(`${prefixOf(this.redis, { segment })}blocked:${index}`);
  }

  /** Whether the store remembers that a segment went over its limit, and so what was counted of it. */
  async isSegmentTold(segment: string): Promise<boolean> {
    return (
      (await this.redis.client.exists(`${prefixOf(this.redis, { segment })}segment-told:${segment}`)) === 1
    );
  }

  /** Forgets what was counted of a segment, so that it has its whole room again. */
  async clearSegment(segment: string): Promise<void> {
    const prefix = prefixOf(this.redis, { segment });
    await this.redis.client.del(`${prefix}segment:${segment}`, `${prefix}segment-told:${segment}`);
  }

  /** Forgets what was counted of a number: cool-down, hour, day, calls and checks. */
  async clearNumber({ index, segment }: StoredNumber): Promise<void> {
    const prefix = prefixOf(this.redis, { segment });
    await this.redis.client.del(...['sends', 'calls', 'checks'].map((what) => `${prefix}${what}:${index}`));
  }
}
