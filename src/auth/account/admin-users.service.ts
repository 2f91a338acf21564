import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type FindOptionsWhere, LessThan } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import { pageOf } from '../../common/page';
import { canonicalPhone, maskPhone } from '../../common/phone';
import { PhoneVault } from '../../common/phone-vault';
import { invalidMember, Problem } from '../../common/problem';
import { inTransaction } from '../../database/transaction';
import { Avatars } from '../../users/avatars';
import { emailKey } from '../../users/email';
import { User } from '../../users/user.entity';
import { usernameKey } from '../../users/username';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import type { AdminUserDetailDto, AdminUserDto, UsersQueryDto } from '../dto/admin-user.dto';
import { SessionsService } from '../sessions/sessions.service';

type Condition = FindOptionsWhere<User>;

/** The newest: an operator ends all of them, and not one. */
const SESSIONS_SHOWN = 100;

/** Users as operators find them, and their sessions. */
@Injectable()
export class AdminUsers {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly sessions: SessionsService,
    private readonly vault: PhoneVault,
    private readonly avatars: Avatars,
    private readonly audit: AuditService,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {}

  /**
   * Newest first. Who asks for somebody is written down.
   * @throws {Problem} VALIDATION_FAILED when the number is none
   */
  async list(
    query: Omit<UsersQueryDto, 'limit'>,
    limit: number,
    actor: string,
  ): Promise<{ items: AdminUserDto[]; nextCursor: string | null }> {
    const { phone, username, email, id, cursor } = query;
    const common: Condition = {
      ...(username !== undefined && { usernameKey: usernameKey(username) }),
      ...(email !== undefined && { emailKey: emailKey(email) }),
    };
    // The page goes by the id, too.
    const ids: Condition[] = [...(id ? [{ id }] : []), ...(cursor ? [{ id: LessThan(cursor) }] : [])];
    if (id && cursor && id >= cursor) return { items: [], nextCursor: null };
    const where: Condition = { ...common, ...ids[0] };
    const number = phone === undefined ? undefined : this.canonical(phone);
    const detail = {
      ...(number && { phone: maskPhone(number) }),
      ...(username !== undefined && { username }),
      ...(email !== undefined && { byEmail: true }),
    };
    if (id || Object.keys(detail).length > 0)
      await this.audit.record({ actor, action: 'users.read', subject: id, detail });
    const index = number && this.vault.index(number);
    const users = await this.dataSource.getRepository(User).find({
      where: index
        ? [
            { ...where, phoneIndex: index },
            { ...where, heldPhoneIndex: index },
          ]
        : where,
      order: { id: 'DESC' },
      take: limit + 1,
    });
    const { rows, nextCursor } = pageOf(users, limit);
    return { items: await Promise.all(rows.map((user) => this.view(user))), nextCursor };
  }

  /** @throws {Problem} NOT_FOUND */
  async get(id: string, actor: string): Promise<AdminUserDetailDto> {
    const user = await this.find(id);
    await this.audit.record({ actor, action: 'users.read', subject: id });
    const sessions = await this.sessions.list(id, SESSIONS_SHOWN);
    return {
      ...(await this.view(user)),
      sessions: sessions.map((session) => ({
        id: session.id,
        device: session.device,
        ip: session.ipPrefix,
        createdAt: session.createdAt.toISOString(),
        lastUsedAt: session.lastUsedAt.toISOString(),
      })),
    };
  }

  /** @throws {Problem} NOT_FOUND */
  async endSessions(id: string, actor: string): Promise<void> {
    const tell = await inTransaction(this.dataSource, async (manager) => {
      if (!(await manager.existsBy(User, { id }))) throw new Problem('NOT_FOUND');
      await this.audit.record({ actor, action: 'user.sessions-ended', subject: id }, manager);
      return this.sessions.endAll(id, 'ended-by-operator', manager);
    });
    tell();
  }

  /** @throws {Problem} NOT_FOUND */
  async find(id: string): Promise<User> {
    const user = await this.dataSource.getRepository(User).findOneBy({ id });
    if (!user) throw new Problem('NOT_FOUND');
    return user;
  }

  async view(user: User): Promise<AdminUserDto> {
    return {
      id: user.id,
      phone: user.phoneCiphertext && maskPhone(this.vault.read(user.phoneCiphertext)),
      username: user.username,
      nickname: user.nickname,
      email: user.email,
      avatarUrl: await this.avatars.urlOf(user),
      roles: user.roles,
      status: user.status,
      createdAt: user.createdAt.toISOString(),
      deletedAt: user.deletedAt?.toISOString() ?? null,
      restorableUntil: user.eraseAt?.toISOString() ?? null,
    };
  }

  private canonical(spelling: string) {
    const canonical = canonicalPhone(spelling, this.options.countries);
    if ('phone' in canonical) return canonical.phone;
    throw invalidMember('#/phone', canonical.fault);
  }
}
