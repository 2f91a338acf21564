import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import type { AuthenticatedUser } from '../../common/authenticated-user';
import { Events } from '../../common/events';
import { PhoneVault, type StoredPhone } from '../../common/phone-vault';
import { Problem } from '../../common/problem';
import { inTransaction } from '../../database/transaction';
import { LOCK_ACCOUNT, type LockedAccount } from './account-statements';
import type {} from '../auth-events';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import { HOLD_ACCOUNT, RESTORE_ACCOUNT } from './deletion-statements';
import { Erasures } from './erasures';
import { openAccount, sealAccount } from './held-account';
import { HostUsers } from '../registration/host-users';
import { Notices } from './notices';
import { SecurityAudit } from './security-audit';
import { SessionsService } from '../sessions/sessions.service';
import { StepUps } from '../sessions/step-ups';

/** Days for which a deleted account is held when nothing is said. */
export const HOLD_DAYS = 7;

interface Deleted {
  readonly eraseAt: Date;
  readonly phone?: StoredPhone;
  readonly tell: () => void;
}

/** Deletes accounts, and brings them back as long as that can be done. */
@Injectable()
export class AccountDeletion {
  private readonly holdDays: number;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly stepUps: StepUps,
    private readonly sessions: SessionsService,
    private readonly erasures: Erasures,
    private readonly vault: PhoneVault,
    private readonly hosts: HostUsers,
    private readonly audit: SecurityAudit,
    private readonly notices: Notices,
    private readonly events: Events,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {
    this.holdDays = options.accountHoldDays ?? HOLD_DAYS;
  }

  /**
   * Ends all sessions, and sets free whatever the account was found by.
   * @returns when nothing is left of it
   * @throws {Problem} STEP_UP_REQUIRED
   */
  async delete(user: AuthenticatedUser): Promise<Date> {
    await this.stepUps.mustBeElevated(user);
    const { userId } = user;
    const { eraseAt, phone, tell } = await inTransaction(this.dataSource, (manager) =>
      this.hold(userId, manager),
    );
    tell();
    this.events.emit('user.deleted', { userId, erasedAt: eraseAt.toISOString() });
    // A notice would be kept longer than the account.
    if (this.holdDays === 0) this.erasures.tell(userId);
    else if (phone) this.notices.tell(userId, phone, 'notice_account_deleted');
    return eraseAt;
  }

  /**
   * Gives a deleted account back what it held.
   * @param account locked
   * @throws {Problem} ACCOUNT_DELETED when nothing is held any more, PHONE_TAKEN (as the constraint says it)
   */
  async restore({ id, heldCiphertext }: LockedAccount, manager: EntityManager): Promise<void> {
    if (!heldCiphertext) throw new Problem('ACCOUNT_DELETED');
    const held = openAccount(heldCiphertext, id, this.options.secrets);
    const phone = held.phone && this.vault.store(held.phone);
    await RESTORE_ACCOUNT.run(manager, [
      id,
      phone?.index ?? null,
      phone?.ciphertext ?? null,
      held.username,
      held.usernameKey,
      held.usernameSkeleton,
      held.email,
      held.emailKey,
      held.nickname,
      held.passwordHash,
    ]);
  }

  private async hold(userId: string, manager: EntityManager): Promise<Deleted> {
    const [account] = await LOCK_ACCOUNT.run(manager, [userId]);
    if (account?.status !== 'active') throw new Problem('TOKEN_INVALID');
    const sealed = sealAccount(account, this.options.secrets, this.vault);
    const [{ deletedAt, eraseAt }] = await HOLD_ACCOUNT.run(manager, [userId, sealed, this.holdDays]);
    const tell = await this.sessions.endAll(userId, 'account-deleted', manager);
    await this.hosts.deleted(userId, manager);
    await this.audit.own(userId, 'user.deleted', { holdDays: this.holdDays }, manager);
    const { phoneIndex: index, phoneCiphertext: ciphertext } = account;
    if (this.holdDays === 0) await this.erasures.erase({ id: userId, phoneIndex: index, deletedAt }, manager);
    return { eraseAt, tell, phone: index && ciphertext ? { index, ciphertext } : undefined };
  }
}
