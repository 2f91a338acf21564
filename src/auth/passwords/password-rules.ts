import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from './password';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { invalidMember } from '../../common/problem';
import { COMMON_IN_CHINA } from './common-passwords';
import { contextWords, type GuessEstimate, passwordFault } from './password-strength';

/** What is known of whoever chooses a password: none of it makes a good one. */
export interface PasswordContext {
  /** E.164, or any spelling: its digits count. */
  readonly phone?: string | null;
  readonly username?: string | null;
  readonly nickname?: string | null;
  readonly email?: string | null;
}

/** Spellings like `p4$$w0rd` that are tried for one text: each costs as much as the text itself. */
const MOST_SPELLINGS = 8;

/** Says whether a password may be chosen. To be asked once possession of the number is proven, not before. */
@Injectable()
export class PasswordRules {
  private estimate?: Promise<GuessEstimate>;

  /**
   * @param pointer of the member in the request: `#/password`
   * @throws {Problem} VALIDATION_FAILED with PASSWORD_LENGTH or PASSWORD_TOO_COMMON
   */
  async mustBeAcceptable(password: string, context: PasswordContext, pointer: string): Promise<void> {
    // Some megabytes, which an instance that never sees a new password does not need.
    this.estimate ??= loadEstimate();
    const code = passwordFault(password, contextWords({ ...context }), await this.estimate);
    if (code === 'PASSWORD_LENGTH')
      throw invalidMember(pointer, code, PASSWORD_MIN_LENGTH, PASSWORD_MAX_LENGTH);
    if (code) throw invalidMember(pointer, code);
  }
}

/** In steps, so that requests are served in between. */
async function loadEstimate(): Promise<GuessEstimate> {
  const { ZxcvbnFactory } = await import('@zxcvbn-ts/core');
  await nextTurn();
  const { adjacencyGraphs, dictionary } = await import('@zxcvbn-ts/language-common');
  await nextTurn();
  const estimator = new ZxcvbnFactory({
    dictionary: { ...dictionary, china: [...COMMON_IN_CHINA] },
    graphs: adjacencyGraphs,
    l33tMaxSubstitutions: MOST_SPELLINGS,
  });
  return (text, words) => estimator.check(text, [...words]).guessesLog10;
}
