import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Problem } from '../../common/problem';
import { PasswordHasher } from './password-hasher';
import { type CountedTry, PasswordLimit, type Tried } from './password-limit';
import { PASSWORD_OF, type PasswordRow } from './password-statements';

/** Compares passwords with that of an account that is known already, within the limit of wrong ones. */
@Injectable()
export class OwnPassword {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly hasher: PasswordHasher,
    private readonly limit: PasswordLimit,
  ) {}

  /**
   * @param network prefix of the address that asks
   * @returns the account
   * @throws {Problem} LOGIN_FAILED, TOKEN_INVALID when the account is gone, or what the limit throws
   */
  async mustBe(userId: string, password: string, network?: string): Promise<PasswordRow> {
    const user = await this.of(userId);
    await this.mustMatch({ userId }, user.passwordHash, password, network);
    return user;
  }

  /** @throws {Problem} TOKEN_INVALID when the account is gone or disabled: the token outlived it */
  async of(userId: string): Promise<PasswordRow> {
    const [user] = await PASSWORD_OF.run(this.dataSource, [userId]);
    if (!user) throw new Problem('TOKEN_INVALID');
    return user;
  }

  /** @throws {Problem} LOGIN_FAILED, or what the limit throws */
  async mustMatch(tried: Tried, stored: string | null, password: string, network?: string): Promise<void> {
    // No captcha: whoever asks has proven more than a captcha would.
    const counted = await this.limit.count(tried, network, false);
    if (!(await comparing(counted, () => this.hasher.verify(stored, password))))
      throw new Problem('LOGIN_FAILED');
    await counted.succeeded();
  }
}

/** Runs what compares. When it could not, the try is not held against anybody. */
export async function comparing<Result>(
  counted: CountedTry,
  compare: () => Promise<Result>,
): Promise<Result> {
  try {
    return await compare();
  } catch (error) {
    await counted.takeBack();
    throw error;
  }
}
