import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { PhoneVault } from '../common/phone-vault';
import { Problem } from '../common/problem';
import { digestToken } from '../common/secrets';
import { emailColumns } from '../users/email';
import { usernameColumns } from '../users/username';
import type { Proof } from '../verification/proof';
import { AdminPhones } from './admin-phones';
import { AUTH_OPTIONS, type AuthModuleOptions } from './auth.options';
import type { SessionAnswerDto } from './dto/session.dto';
import { inContractWords, rowOf } from './proof-row';
import { READ_TICKET, REGISTER_BY_CODE, REGISTER_BY_TICKET } from './register-statements';
import { POLICY_VERSION } from './registration-steps';
import { SecurityAudit } from './security-audit';
import type { AccountRow } from './session-statements';
import { type NewSession, SessionsService } from './sessions.service';
import { TestAccounts } from './test-accounts';

const PURPOSE = 'register';

/** What an account is made of, besides its number. */
export interface NewAccount {
  readonly username?: string | null;
  readonly nickname?: string | null;
  readonly email?: string | null;
  /** argon2id, PHC string. */
  readonly passwordHash?: string | null;
  /** The registration in steps that it comes from. */
  readonly registrationId?: string;
}

/** Writes accounts: each in one statement with its first session, its consent, and the end of the proof it was bought with. */
@Injectable()
export class NewAccounts {
  private readonly policyVersion: string;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly sessions: SessionsService,
    private readonly vault: PhoneVault,
    private readonly adminPhones: AdminPhones,
    private readonly testAccounts: TestAccounts,
    private readonly audit: SecurityAudit,
    @Inject(AUTH_OPTIONS) { policyVersion = POLICY_VERSION }: AuthModuleOptions,
  ) {
    this.policyVersion = policyVersion;
  }

  /**
   * @param shown the version of the terms that the user has seen; whoever does not say has seen those in force
   * @throws {Problem} POLICY_VERSION_OUTDATED
   */
  mustConsent(shown: string | undefined): void {
    if (shown !== undefined && shown !== this.policyVersion) throw new Problem('POLICY_VERSION_OUTDATED');
  }

  /** @throws {Problem} PHONE_TAKEN, USERNAME_TAKEN, EMAIL_TAKEN, VERIFICATION_USED; nothing is written then */
  async openByCode(proof: Proof, session: NewSession, account: NewAccount): Promise<AccountRow> {
    const values = [...this.parametersOf(session, account, proof.isTest), ...rowOf(proof)];
    const [user] = await inContractWords(REGISTER_BY_CODE.run(this.dataSource, values));
    return user;
  }

  /** @throws {Problem} TICKET_INVALID, or as {@link openByCode} */
  async openByTicket(ticket: string, session: NewSession, account: NewAccount): Promise<AccountRow> {
    const values = [...this.parametersOf(session, account), digestToken(ticket), PURPOSE];
    const [user] = await inContractWords(REGISTER_BY_TICKET.run(this.dataSource, values));
    if (!user) throw new Problem('TICKET_INVALID');
    await this.testAccounts.mark(user);
    return user;
  }

  /**
   * Whose number a ticket proves, without using it up.
   * @throws {Problem} TICKET_INVALID
   */
  async phoneOfTicket(ticket: string): Promise<string> {
    const [proven] = await READ_TICKET.run(this.dataSource, [digestToken(ticket), PURPOSE]);
    if (!proven) throw new Problem('TICKET_INVALID');
    return this.vault.read(proven.phoneCiphertext);
  }

  /** The answer to whoever has just made this account. */
  async answerTo(session: NewSession, user: AccountRow): Promise<SessionAnswerDto> {
    return this.sessions.answerTo(session, await this.adminPhones.promote(user));
  }

  private parametersOf(session: NewSession, account: NewAccount, isTest = false): unknown[] {
    const { username, usernameKey, usernameSkeleton } = usernameColumns(account.username);
    const { email, emailKey } = emailColumns(account.email);
    return [
      ...session.parameters,
      uuidv7(),
      username,
      usernameKey,
      usernameSkeleton,
      account.nickname ?? null,
      account.passwordHash ?? null,
      email,
      emailKey,
      isTest,
      account.registrationId ?? null,
      uuidv7(),
      this.policyVersion,
      ...this.audit.parameters(),
    ];
  }
}
