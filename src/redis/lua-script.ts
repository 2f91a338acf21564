import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../common/problem';
import { isStoreUnavailable } from '../common/problem-stores';
import type { RedisConnection } from './redis-connection';

/** Seconds after which a client is told to come back when the store is gone. */
const RETRY_AFTER = 5;

/**
 * One decision in the store: atomic, and one round trip once the server knows the script.
 * All keys of one run share a hash tag, so that it works on Redis Cluster too.
 */
export class LuaScript {
  private readonly sha: string;

  /**
   * @param name for error messages
   * @param keyCount when given, a run with another number of keys is refused
   */
  constructor(
    private readonly redis: RedisConnection,
    readonly name: string,
    private readonly source: string,
    private readonly keyCount?: number,
  ) {
    this.sha = createHash('sha1').update(source).digest('hex');
  }

  /**
   * @returns what the script returns: numbers, strings, null and arrays of them
   * @throws {Problem} STORE_UNAVAILABLE when the store does not answer in time; whether it ran is then unknown
   */
  async run(keys: string[], args: (string | number)[]): Promise<unknown> {
    if (this.keyCount !== undefined && keys.length !== this.keyCount) {
      throw new Error(`${this.name} takes ${this.keyCount} keys, not ${keys.length}`);
    }
    try {
      return await this.evaluate(keys, args);
    } catch (cause) {
      if (isStoreUnavailable(cause))
        throw new Problem('STORE_UNAVAILABLE', { retryAfter: RETRY_AFTER }, { cause });
      throw cause;
    }
  }

  private async evaluate(keys: string[], args: (string | number)[]): Promise<unknown> {
    const { client } = this.redis;
    try {
      return await client.evalsha(this.sha, keys.length, ...keys, ...args);
    } catch (error) {
      // The server was restarted or flushed its scripts; a script that was not found has not run.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return await client.eval(this.source, keys.length, ...keys, ...args);
    }
  }
}

/** Reads a script that lies beside its caller: `loadLua(__dirname, 'admission.lua')`. */
export function loadLua(directory: string, file: string): string {
  return readFileSync(join(directory, file), 'utf8');
}
