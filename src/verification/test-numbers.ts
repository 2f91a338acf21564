import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PhoneVault } from '../common/phone-vault';
import type { Phone } from '../common/phone';
import { VERIFICATION_OPTIONS, type VerificationModuleOptions } from './verification.options';

/** A number that no message is ever sent to, with the code that counts as right. */
export interface TestNumber {
  readonly phone: Phone;
  /** 6 to 10 digits. */
  readonly code: string;
  /** Last day on which it works, `YYYY-MM-DD` in UTC. */
  readonly until?: string;
}

/** Reads `+8613800000000=246810@2026-12-31,…`; what has another form is a fault of its own and left out. */
export function parseTestNumbers(text: string | undefined): TestNumber[] {
  return (text?.split(',') ?? []).flatMap((item) => {
    const [, phone, code, until] = /^(\+\d+)=(\d+)(?:@(.+))?$/.exec(item) ?? [];
    return phone ? [{ phone: phone as Phone, code, ...(until && { until }) }] : [];
  });
}

/** Numbers for tests and reviewers of app stores. They are exempt from the send cool-down and from nothing else. */
@Injectable()
export class TestNumbers {
  private readonly numbers: readonly (TestNumber & { index: string })[];
  private readonly accounts: VerificationModuleOptions['accounts'];

  constructor(
    vault: PhoneVault,
    @Inject(VERIFICATION_OPTIONS)
    { testNumbers = [], accounts }: Pick<VerificationModuleOptions, 'testNumbers' | 'accounts'>,
  ) {
    this.accounts = accounts;
    this.numbers = testNumbers.map((number) => ({
      ...number,
      index: vault.index(number.phone).toString('base64url'),
    }));
  }

  /** @returns the test number with this blind index, while it works */
  find(index: string): TestNumber | undefined {
    return this.numbers.find((number) => number.index === index && isInForce(number));
  }

  get areConfigured(): boolean {
    return this.numbers.length > 0;
  }

  /** @returns the test number, unless it belongs to somebody: a code that many know opens no real account */
  async findUsable(index: string): Promise<TestNumber | undefined> {
    const number = this.find(index);
    const isReal = number && (await this.accounts.hasRealAccount?.(Buffer.from(index, 'base64url')));
    return isReal ? undefined : number;
  }

  /** Blind indexes of the numbers in force whose code this is. All are compared, each in constant time. */
  withCode(code: string): string[] {
    return this.numbers
      .filter((number) => isInForce(number) && isSame(number.code, code))
      .map(({ index }) => index);
  }
}

function isInForce({ until }: TestNumber): boolean {
  return until === undefined || Date.now() < Date.parse(`${until}T00:00:00Z`) + 86_400_000;
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
