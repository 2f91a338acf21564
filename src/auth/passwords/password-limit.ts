import { Inject, Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Problem } from '../../common/problem';
import { loadLua, LuaScript } from '../../redis/lua-script';
import { REDIS, type RedisConnection } from '../../redis/redis.module';
import { identifierKey } from '../../users/identifier';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';

/** Wrong passwords within the hour after which a captcha is asked for, and after which there is a wait between two. */
export const CAPTCHA_AFTER_PASSWORDS = 3;
export const WAIT_AFTER_PASSWORDS = 5;

const NETWORK_REMEMBERED_MS = 30 * 86_400_000;
const MOST_NETWORKS = 20;

/** Whose password is tried: what was typed to log in, or the account of a session. */
export type Tried = { readonly identifier: string } | { readonly userId: string };

/** A try that was counted, and has to be told how it ended. */
export interface CountedTry {
  /** The password was right: the try is taken back, and its network remembered as one of the owner's. */
  succeeded(): Promise<void>;
  /** Nothing was compared. */
  takeBack(): Promise<void>;
}

const UNCOUNTED: CountedTry = { succeeded: () => Promise.resolve(), takeBack: () => Promise.resolve() };

/**
 * Bounds wrong passwords per identifier: first a captcha, then a growing wait, then only a code opens the account until
 * the hour has passed. Identifiers that nobody has are bounded alike. Networks from which the owner has logged in are
 * counted by themselves, so that strangers can't shut the owner out.
 */
@Injectable()
export class PasswordLimit {
  private readonly counting: LuaScript;
  private readonly succeeding: LuaScript;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {
    this.counting = new LuaScript(redis, 'password-limit', loadLua(__dirname, 'password-limit.lua'), 3);
    this.succeeding = new LuaScript(redis, 'password-success', loadLua(__dirname, 'password-success.lua'), 3);
  }

  /**
   * Counts a try before it is evaluated.
   * @param network prefix of the address it comes from
   * @param mayAskCaptcha whether the caller could still send a captcha
   * @throws {Problem} PASSWORD_HOURLY_LIMIT or LOGIN_DELAYED with the exact wait, CAPTCHA_REQUIRED, STORE_UNAVAILABLE
   */
  async count(tried: Tried, network: string | undefined, mayAskCaptcha: boolean): Promise<CountedTry> {
    const { passwordHourlyLimit: limit, captchaMode } = this.options;
    if (limit === 0) return UNCOUNTED;
    const id = uuidv7();
    const place = this.digest(`network:${network ?? ''}`, 12);
    const keys = this.keysOf(tried, place);
    const asks = mayAskCaptcha && captchaMode !== 'never';
    const [verdict, wait, counter] = (await this.counting.run(keys, [
      limit,
      id,
      place,
      asks ? '1' : '0',
      CAPTCHA_AFTER_PASSWORDS,
      WAIT_AFTER_PASSWORDS,
    ])) as [string, string, string];
    const retryAfter = Math.ceil(Number(wait) / 1_000);
    if (verdict === 'LIMIT') throw new Problem('PASSWORD_HOURLY_LIMIT', { retryAfter });
    if (verdict === 'WAIT') throw new Problem('LOGIN_DELAYED', { retryAfter });
    if (verdict === 'CAPTCHA') throw new Problem('CAPTCHA_REQUIRED');
    // A store that is gone meanwhile leaves the try counted: the limit errs on the strict side.
    return {
      succeeded: async () => {
        const values = [id, place, NETWORK_REMEMBERED_MS, MOST_NETWORKS];
        await this.succeeding.run(keys, values).catch(() => undefined);
      },
      takeBack: async () => {
        await this.redis.client.zrem(keys[Number(counter) - 1], id).catch(() => undefined);
      },
    };
  }

  private keysOf(tried: Tried, place: string): string[] {
    const whose =
      'userId' in tried
        ? `user:${tried.userId}`
        : `identifier:${identifierKey(tried.identifier, this.options.countries)}`;
    const prefix = `${this.redis.prefix}password:{${this.digest(whose, 32)}}`;
    return [prefix, `${prefix}:from:${place}`, `${prefix}:networks`];
  }

  private digest(text: string, bytes: number): string {
    return this.options.secrets.index('lookup', text).subarray(0, bytes).toString('base64url');
  }
}
