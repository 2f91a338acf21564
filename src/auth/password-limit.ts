import { Inject, Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Problem } from '../common/problem';
import { loadLua, LuaScript } from '../redis/lua-script';
import { REDIS, type RedisConnection } from '../redis/redis.module';
import { identifierKey } from '../users/identifier';
import { AUTH_OPTIONS, type AuthModuleOptions } from './auth.options';

/** Wrong passwords for one identifier per hour. Identifiers nobody has count alike. */
@Injectable()
export class PasswordLimit {
  private readonly script: LuaScript;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {
    this.script = new LuaScript(redis, 'password-limit', loadLua(__dirname, 'password-limit.lua'), 1);
  }

  /**
   * Counts a try before it is evaluated.
   * @returns what takes the try back, for when the password was right
   * @throws {Problem} PASSWORD_HOURLY_LIMIT with the exact wait
   */
  async count(identifier: string): Promise<() => Promise<void>> {
    const { passwordHourlyLimit: limit, countries } = this.options;
    if (limit === 0) return () => Promise.resolve();
    const index = this.options.secrets.index('lookup', `identifier:${identifierKey(identifier, countries)}`);
    const key = `${this.redis.prefix}password:{${index.toString('base64url')}}`;
    const id = uuidv7();
    const wait = Number(await this.script.run([key], [limit, id]));
    if (wait > 0) throw new Problem('PASSWORD_HOURLY_LIMIT', { retryAfter: Math.ceil(wait / 1_000) });
    return async () => void (await this.redis.client.zrem(key, id));
  }
}
