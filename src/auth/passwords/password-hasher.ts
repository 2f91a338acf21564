import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Problem } from '../../common/problem';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import { normalisePassword } from './password';

/** OWASP Password Storage Cheat Sheet: argon2id (the library's default), 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** What a hash of today begins with, in PHC string format. */
const PREFIX = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`;
/** More would only wait for each other, and for the thread pool that they share with files and DNS. */
const PARALLEL = 4;
/** Waiting for longer than about a second helps nobody: beyond this the caller is told to come back. */
const MOST_WAITING = 100;

/** Hashes passwords, a few at a time, so that a storm of log-ins can't take the memory. */
@Injectable()
export class PasswordHasher {
  private readonly parallel: number;
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly dummy = dummyHash();

  constructor(@Inject(AUTH_OPTIONS) options: AuthModuleOptions) {
    this.parallel = options.parallelHashes ?? Math.min(PARALLEL, availableParallelism());
  }

  /**
   * @returns PHC string, argon2id
   * @throws {Problem} OVERLOADED
   */
  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(normalisePassword(password), PARAMETERS));
  }

  /**
   * Takes as long for an account without a password, or for no account, as for a wrong password.
   * @param stored PHC string; undefined or null when there is none to compare with
   * @throws {Problem} OVERLOADED: nothing was compared
   */
  async verify(stored: string | null | undefined, password: string): Promise<boolean> {
    const matches = await this.inTurn(() => verify(stored ?? this.dummy, normalisePassword(password)));
    return matches && !!stored;
  }

  /** Whether a hash was made with other parameters than one of today. */
  isOutdated(stored: string): boolean {
    return !stored.startsWith(PREFIX);
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

/** Costs what a real one costs, and is that of no password: it was drawn, not computed. */
function dummyHash(): string {
  const base64 = (bytes: number) => randomBytes(bytes).toString('base64').replaceAll('=', '');
  return `${PREFIX}${base64(16)}$${base64(32)}`;
}
