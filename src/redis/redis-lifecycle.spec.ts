import { Logger } from '@nestjs/common';
import type { RedisConnection } from './redis-connection';
import { RedisLifecycle } from './redis-lifecycle';

/** A server that answers INFO with this. */
function start(memory: string | Error, status = 'ready'): Promise<void> {
  const info = () => (memory instanceof Error ? Promise.reject(memory) : Promise.resolve(memory));
  const redis = { client: { status, info }, prefix: 'spec:' } as unknown as RedisConnection;
  return new RedisLifecycle(redis).onApplicationBootstrap();
}

describe('the start on Redis', () => {
  let warnings: jest.SpyInstance;
  beforeEach(() => {
    warnings = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  });
  afterEach(() => warnings.mockRestore());

  it('warns of a server that evicts (F3)', async () => {
    await start('# Memory\r\nmaxmemory:1048576\r\nmaxmemory_policy:allkeys-lru\r\n');
    expect(warnings).toHaveBeenCalledWith(
      expect.objectContaining({ event: 'redis.evicting', policy: 'allkeys-lru' }),
    );
  });

  it.each([
    ['keeps everything', 'maxmemory_policy:noeviction\r\n', 'ready'],
    ['does not tell', '# Memory\r\n', 'ready'],
    ['refuses INFO', new Error('NOPERM'), 'ready'],
    ['is not there', 'maxmemory_policy:allkeys-lru\r\n', 'reconnecting'],
  ])('has nothing to say of one that %s', async (_, memory, status) => {
    await start(memory, status);
    expect(warnings).not.toHaveBeenCalled();
  });
});
