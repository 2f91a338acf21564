import { Inject, Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Problem } from '../common/problem';
import { AUTH_OPTIONS, type AuthModuleOptions } from './auth.options';
import { normalisePassword } from './password';

/** OWASP Password Storage Cheat Sheet: argon2id (the library's default), 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const PARALLEL = 4;
/** Waiting for longer than about a second helps nobody: beyond this the caller is told to come back. */
const MOST_WAITING = 100;

/** Hashes passwords, a few at a time, so that a storm of log-ins can't take the memory. */
@Injectable()
export class PasswordHasher {
  private readonly parallel: number;
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private dummy?: Promise<string>;

  constructor(@Inject(AUTH_OPTIONS) options: AuthModuleOptions) {
    this.parallel = options.parallelHashes ?? PARALLEL;
  }

  /** @returns PHC string, argon2id */
  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(normalisePassword(password), PARAMETERS));
  }

  /**
   * Takes as long for an account without a password, or for no account, as for a wrong password.
   * @param stored PHC string; undefined or null when there is none to compare with
   */
  async verify(stored: string | null | undefined, password: string): Promise<boolean> {
    const against = stored ?? (await this.dummyHash());
    const matches = await this.inTurn(() => verify(against, normalisePassword(password)));
    return matches && !!stored;
  }

  private dummyHash(): Promise<string> {
    this.dummy ??= hash('nobody has this password', PARAMETERS);
    return this.dummy;
  }

  private async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.parallel) {
      if (this.waiting.length >= MOST_WAITING) throw new Problem('OVERLOADED', { retryAfter: 2 });
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running += 1;
    }
    try {
      return await work();
    } finally {
      // The place is handed on, not given up: `running` counts it all along.
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
