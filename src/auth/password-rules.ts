import { Injectable } from '@nestjs/common';
import { Problem } from '../common/problem';
import { isAcceptablePassword } from './password';

/** What is known of whoever chooses a password: none of it makes a good one. */
export interface PasswordContext {
  /** E.164, or any spelling: its digits count. */
  readonly phone?: string | null;
  readonly username?: string | null;
  readonly nickname?: string | null;
  readonly email?: string | null;
}

/** Says whether a password may be chosen. To be asked once possession of the number is proven, not before. */
@Injectable()
export class PasswordRules {
  /**
   * @param pointer of the member in the request: `#/password`
   * @throws {Problem} VALIDATION_FAILED with PASSWORD_LENGTH or PASSWORD_TOO_COMMON
   */
  // eslint-disable-next-line @typescript-eslint/require-await -- the lists to come are loaded at first use
  async mustBeAcceptable(password: string, _context: PasswordContext, pointer: string): Promise<void> {
    if (!isAcceptablePassword(password)) {
      throw new Problem('VALIDATION_FAILED', { errors: [{ pointer, code: 'PASSWORD_LENGTH' }] });
    }
  }
}
