import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import { canonicalPhone, maskPhone, type Phone } from '../../common/phone';
import { PhoneVault } from '../../common/phone-vault';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import { ADMIN } from './roles';
import { ACCOUNT_BY_ID, type AccountRow } from '../sessions/session-statements';

const GRANT = `UPDATE users SET roles = array_append(array_remove(roles, $2), $2), updated_at = now()
  WHERE id = $1 RETURNING roles`;

/** Makes administrators of the numbers that the configuration names: the first one has nobody to be named by. */
@Injectable()
export class AdminPhones {
  private readonly logger = new Logger(AdminPhones.name);
  private readonly phones: ReadonlySet<Phone>;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: PhoneVault,
    @Inject(AUTH_OPTIONS) { adminPhones = [], countries }: AuthModuleOptions,
    @Optional() private readonly audit?: AuditService,
  ) {
    this.phones = new Set(adminPhones.map((spelling) => phoneOf(spelling, countries)));
  }

  /** As {@link promote}, for an account that has just got its number. */
  async promoteById(userId: string): Promise<void> {
    if (this.phones.size === 0) return;
    const [user] = await ACCOUNT_BY_ID.run(this.dataSource, [userId]);
    if (user) await this.promote(user);
  }

  /**
   * To be called when somebody has just proven the number of their account. Costs nothing unless the number is named
   * and the account has not got the role yet.
   * @returns the account as it is now
   */
  async promote(user: AccountRow): Promise<AccountRow> {
    if (this.phones.size === 0 || user.roles.includes(ADMIN) || !user.phoneCiphertext) return user;
    const phone = this.vault.read(user.phoneCiphertext);
    if (!this.phones.has(phone)) return user;
    const entry = {
      actor: 'system',
      action: 'user.role-granted',
      subject: user.id,
      detail: { role: ADMIN, phone: maskPhone(phone), by: 'configuration' },
    };
    const roles = await this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[{ roles: string[] }[], number]>(GRANT, [user.id, ADMIN]);
      await this.audit?.record(entry, manager);
      return rows[0].roles;
    });
    this.logger.warn({ event: 'auth.role.granted', userId: user.id, role: ADMIN });
    return { ...user, roles };
  }
}

function phoneOf(spelling: string, countries: readonly string[]): Phone {
  const canonical = canonicalPhone(spelling, countries);
  if ('phone' in canonical) return canonical.phone;
  throw new Error(`adminPhones: ${canonical.fault}`);
}
