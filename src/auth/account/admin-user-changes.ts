import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import { Events } from '../../common/events';
import { invalidMember, Problem } from '../../common/problem';
import { inTransaction } from '../../database/transaction';
import { AccountDeletion } from './account-deletion';
import { LOCK_ACCOUNT, type LockedAccount } from './account-statements';
import { LOCK_WITH_ADMINS, SET_ROLES, SET_STATUS } from './admin-user-statements';
import type {} from '../auth-events';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import type { ChangeUserDto } from '../dto/admin-user.dto';
import { inContractWords } from '../registration/proof-row';
import { ADMIN, BUILT_IN_ROLES } from './roles';
import { SessionsService } from '../sessions/sessions.service';

/** To be done once what is changed is committed. */
type Afterwards = () => void;

/** What operators do to an account: disable and enable it, bring it back, and give it roles. */
@Injectable()
export class AdminUserChanges {
  private readonly roles: ReadonlySet<string>;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly sessions: SessionsService,
    private readonly deletion: AccountDeletion,
    private readonly audit: AuditService,
    private readonly events: Events,
    @Inject(AUTH_OPTIONS) { roles = [] }: AuthModuleOptions,
  ) {
    this.roles = new Set([...BUILT_IN_ROLES, ...roles]);
  }

  /**
   * @throws {Problem} NOT_FOUND; VALIDATION_FAILED for a role there is none of; LAST_ADMIN; of a deleted account
   * ACCOUNT_DELETED, or PHONE_TAKEN when it can't come back because its number has another
   */
  async change(id: string, { status, roles }: ChangeUserDto, actor: string): Promise<void> {
    if (roles) this.mustBeKnown(roles);
    const afterwards = await inContractWords(
      inTransaction(this.dataSource, async (manager): Promise<Afterwards[]> => {
        const takesAdmin = status === 'disabled' || (roles && !roles.includes(ADMIN));
        if (takesAdmin) await this.mustLeaveAnAdmin(id, manager);
        const [account] = await LOCK_ACCOUNT.run(manager, [id]);
        if (!account) throw new Problem('NOT_FOUND');
        if (account.status === 'deleted' && status !== 'active') throw new Problem('ACCOUNT_DELETED');
        return [
          ...(status && status !== account.status
            ? await this.setStatus(account, status, actor, manager)
            : []),
          ...(roles ? await this.setRoles(account, roles, actor, manager) : []),
        ];
      }),
    );
    for (const act of afterwards) act();
  }

  private mustBeKnown(roles: readonly string[]): void {
    const unknown = roles.findIndex((role) => !this.roles.has(role));
    if (unknown < 0) return;
    throw invalidMember(`#/roles/${unknown}`, 'ROLE_UNKNOWN', [...this.roles].join(', '));
  }

  /** Without one nobody could make another. */
  private async mustLeaveAnAdmin(id: string, manager: EntityManager): Promise<void> {
    const locked = await LOCK_WITH_ADMINS.run(manager, [id]);
    const admins = locked.filter(({ isAdmin }) => isAdmin);
    if (admins.length === 1 && admins[0].id === id) throw new Problem('LAST_ADMIN');
  }

  private async setStatus(
    account: LockedAccount,
    status: 'active' | 'disabled',
    by: string,
    manager: EntityManager,
  ): Promise<Afterwards[]> {
    const { id: userId } = account;
    if (account.status === 'deleted') {
      await this.deletion.restore(account, manager);
      await this.audit.record({ actor: by, action: 'user.restored', subject: userId }, manager);
      return [() => this.events.emit('user.restored', { userId, by })];
    }
    await SET_STATUS.run(manager, [userId, status]);
    const action = status === 'disabled' ? 'user.disabled' : 'user.enabled';
    await this.audit.record({ actor: by, action, subject: userId }, manager);
    const tell =
      status === 'disabled' ? await this.sessions.endAll(userId, 'account-disabled', manager) : undefined;
    return [() => tell?.(), () => this.events.emit(action, { userId, by })];
  }

  private async setRoles(
    { id: userId, roles: before }: LockedAccount,
    roles: readonly string[],
    by: string,
    manager: EntityManager,
  ): Promise<Afterwards[]> {
    const granted = roles.filter((role) => !before.includes(role));
    const taken = before.filter((role) => !roles.includes(role));
    if (granted.length + taken.length === 0) return [];
    await SET_ROLES.run(manager, [userId, roles]);
    for (const [action, names] of [
      ['user.role-granted', granted],
      ['user.role-taken', taken],
    ] as const) {
      for (const role of names)
        await this.audit.record({ actor: by, action, subject: userId, detail: { role } }, manager);
    }
    const tell = await this.sessions.outdateTokens(userId, manager);
    return [tell, () => this.events.emit('user.roles-changed', { userId, by, roles })];
  }
}
