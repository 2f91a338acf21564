import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { PhoneVault } from '../../common/phone-vault';
import { Problem } from '../../common/problem';
import { digestToken } from '../../common/secrets';
import { emailColumns } from '../../users/email';
import { usernameColumns } from '../../users/username';
import type { Proof } from '../../verification/proof';
import { AdminPhones } from '../account/admin-phones';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import type { SessionAnswerDto } from '../dto/session.dto';
import { HostUsers } from './host-users';
import { inContractWords, rowOf } from './proof-row';
import { READ_TICKET, REGISTER_BY_CODE, REGISTER_BY_TICKET } from './register-statements';
import { POLICY_VERSION } from './registration-steps';
import { SecurityAudit } from '../account/security-audit';
import type { AccountRow } from '../sessions/session-statements';
import { type NewSession, SessionsService } from '../sessions/sessions.service';
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
    private readonly hosts: HostUsers,
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
  async openByCode(
    proof: Proof,
    session: NewSession,
    account: NewAccount,
    within?: EntityManager,
  ): Promise<AccountRow> {
    const id = await this.hosts.idFor(proof.phone.ciphertext);
    const values = [...this.parametersOf(id, session, account, proof.isTest), ...rowOf(proof)];
    return this.hosts.making(async (on) => {
      const [user] = await inContractWords(REGISTER_BY_CODE.run(on, values));
      return { user, isNew: true };
    }, within);
  }

  /** @throws {Problem} TICKET_INVALID, or as {@link openByCode} */
  async openByTicket(
    ticket: string,
    session: NewSession,
    account: NewAccount,
    within?: EntityManager,
  ): Promise<AccountRow> {
    const id = this.hosts.exist
      ? await this.hosts.idFor(await this.numberOfTicket(ticket, within))
      : uuidv7();
    const values = [...this.parametersOf(id, session, account), digestToken(ticket), PURPOSE];
    return this.hosts.making(async (on) => {
      const [user] = await inContractWords(REGISTER_BY_TICKET.run(on, values));
      if (!user) throw new Problem('TICKET_INVALID');
      await this.testAccounts.mark(user, on);
      return { user, isNew: true };
    }, within);
  }

  /**
   * Whose number a ticket proves, without using it up.
   * @throws {Problem} TICKET_INVALID
   */
  async phoneOfTicket(ticket: string, within?: EntityManager): Promise<string> {
    return this.vault.read(await this.numberOfTicket(ticket, within));
  }

  /**
   * The answer to whoever has just made this account.
   * @param isCommitted an account that a host has yet to commit is made administrator by its next log-in
   */
  async answerTo(session: NewSession, user: AccountRow, isCommitted = true): Promise<SessionAnswerDto> {
    return this.sessions.answerTo(session, isCommitted ? await this.adminPhones.promote(user) : user);
  }

  private async numberOfTicket(ticket: string, within?: EntityManager): Promise<Buffer> {
    const [proven] = await READ_TICKET.run(within ?? this.dataSource, [digestToken(ticket), PURPOSE]);
    if (!proven) throw new Problem('TICKET_INVALID');
    return proven.phoneCiphertext;
  }

  private parametersOf(id: string, session: NewSession, account: NewAccount, isTest = false): unknown[] {
    const { username, usernameKey, usernameSkeleton } = usernameColumns(account.username);
    const { email, emailKey } = emailColumns(account.email);
    return [
      ...session.parameters,
      id,
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
