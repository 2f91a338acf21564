import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Problem } from '../../common/problem';
import type { Proof } from '../../verification/proof';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import { OwnPassword } from '../passwords/own-password';
import { IDLE_ACCOUNT } from '../passwords/password-statements';

/**
 * Asks for the password besides the code, where an account was not used for long: carriers give numbers to new owners,
 * and a code proves no more than who has the number now.
 */
@Injectable()
export class SecondProof {
  private readonly idleDays: number;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly password: OwnPassword,
    @Inject(AUTH_OPTIONS) { idleAccountDays = 0 }: AuthModuleOptions,
  ) {
    this.idleDays = idleAccountDays;
  }

  /**
   * Asks no store unless it is configured.
   * @param network prefix of the address that asks
   * @returns whether the password was needed, and right
   * @throws {Problem} SECOND_PROOF_REQUIRED without one, LOGIN_FAILED for a wrong one, or what the limit throws
   */
  async mustBeGiven(proof: Proof, password: string | undefined, network?: string): Promise<boolean> {
    if (this.idleDays === 0) return false;
    const [account] = await IDLE_ACCOUNT.run(this.dataSource, [proof.phone.index, this.idleDays]);
    if (!account) return false;
    if (password === undefined) throw new Problem('SECOND_PROOF_REQUIRED');
    await this.password.mustMatch({ userId: account.id }, account.passwordHash, password, network);
    return true;
  }
}
