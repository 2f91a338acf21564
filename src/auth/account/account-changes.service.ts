import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import type { AuthenticatedUser } from '../../common/authenticated-user';
import { Events } from '../../common/events';
import { maskPhone } from '../../common/phone';
import { PhoneVault, type StoredPhone } from '../../common/phone-vault';
import { Problem } from '../../common/problem';
import { digestToken } from '../../common/secrets';
import { inTransaction } from '../../database/transaction';
import { emailColumns } from '../../users/email';
import { usernameColumns } from '../../users/username';
import { TestNumbers } from '../../verification/test-numbers';
import {
  LOCK_ACCOUNT,
  type LockedAccount,
  REDEEM_OWN_TICKET,
  SET_EMAIL,
  SET_PHONE,
  SET_USERNAME,
} from './account-statements';
import { AdminPhones } from './admin-phones';
import { Notices } from './notices';
import { inContractWords } from '../registration/proof-row';
import { SecurityAudit } from './security-audit';
import { SessionsService } from '../sessions/sessions.service';
import { StepUps } from '../sessions/step-ups';

interface PhoneChange {
  readonly before?: StoredPhone;
  readonly tell: () => void;
}

/** Changes what an account is found by. */
@Injectable()
export class AccountChanges {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly stepUps: StepUps,
    private readonly sessions: SessionsService,
    private readonly adminPhones: AdminPhones,
    private readonly testNumbers: TestNumbers,
    private readonly vault: PhoneVault,
    private readonly audit: SecurityAudit,
    private readonly notices: Notices,
    private readonly events: Events,
  ) {}

  /**
   * Gives the account the number that a ticket proves, and ends all its other sessions.
   * @throws {Problem} STEP_UP_REQUIRED; TICKET_INVALID; PHONE_TAKEN, and the ticket stays good then
   */
  async changePhone(user: AuthenticatedUser, ticket: string): Promise<void> {
    await this.stepUps.mustBeElevated(user);
    const change = await inContractWords(
      inTransaction(this.dataSource, (manager) => this.putPhone(user, ticket, manager)),
    );
    if (!change) return;
    change.tell();
    if (change.before) this.notices.tell(user.userId, change.before, 'notice_phone_changed');
    this.events.emit('user.phone-changed', { userId: user.userId });
    await this.adminPhones.promoteById(user.userId);
  }

  /** @throws {Problem} USERNAME_TAKEN */
  async changeUsername({ userId }: AuthenticatedUser, name: string): Promise<void> {
    const { username, usernameKey, usernameSkeleton } = usernameColumns(name);
    await this.change(userId, 'user.username-changed', (manager) =>
      SET_USERNAME.run(manager, [userId, username, usernameKey, usernameSkeleton]),
    );
  }

  /**
   * @param address null takes it away
   * @throws {Problem} STEP_UP_REQUIRED, EMAIL_TAKEN
   */
  async changeEmail(user: AuthenticatedUser, address: string | null): Promise<void> {
    await this.stepUps.mustBeElevated(user);
    const { email, emailKey } = emailColumns(address);
    await this.change(user.userId, 'user.email-changed', (manager) =>
      SET_EMAIL.run(manager, [user.userId, email, emailKey]),
    );
  }

  /** @returns nothing when the account has this number already */
  private async putPhone(
    { userId, sessionId }: AuthenticatedUser,
    ticket: string,
    manager: EntityManager,
  ): Promise<PhoneChange | undefined> {
    const [account] = await LOCK_ACCOUNT.run(manager, [userId]);
    if (account?.status !== 'active') throw new Problem('TOKEN_INVALID');
    const [proven] = await REDEEM_OWN_TICKET.run(manager, [digestToken(ticket), 'change_phone', userId]);
    if (!proven) throw new Problem('TICKET_INVALID');
    if (account.phoneIndex?.equals(proven.phone_index)) return undefined;
    this.mustNotBeTestNumber(account, proven.phone_index);
    await SET_PHONE.run(manager, [userId, proven.phone_index, proven.phone_ciphertext]);
    const tell = await this.sessions.endOthers(userId, sessionId, 'phone-changed', manager);
    const { phoneIndex: index, phoneCiphertext: ciphertext } = account;
    await this.audit.own(
      userId,
      'user.phone-changed',
      { from: ciphertext && this.masked(ciphertext), to: this.masked(proven.phone_ciphertext) },
      manager,
    );
    return { before: index && ciphertext ? { index, ciphertext } : undefined, tell };
  }

  /** Its code is known to many: with a real account behind it, it would be of no use to any of them. */
  private mustNotBeTestNumber({ isTest }: LockedAccount, index: Buffer): void {
    if (!isTest && this.testNumbers.find(index.toString('base64url'))) throw new Problem('PHONE_TAKEN');
  }

  private async change(
    userId: string,
    action: string,
    write: (manager: EntityManager) => Promise<{ id: string }[]>,
  ): Promise<void> {
    await inContractWords(
      inTransaction(this.dataSource, async (manager) => {
        const [changed] = await write(manager);
        if (!changed) throw new Problem('TOKEN_INVALID');
        await this.audit.own(userId, action, {}, manager);
      }),
    );
  }

  private masked(ciphertext: Buffer): string {
    return maskPhone(this.vault.read(ciphertext));
  }
}
