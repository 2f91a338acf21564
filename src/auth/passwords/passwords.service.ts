import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { AuthenticatedUser } from '../../common/authenticated-user';
import { Events } from '../../common/events';
import { PhoneVault } from '../../common/phone-vault';
import { Problem } from '../../common/problem';
import { digestToken } from '../../common/secrets';
import { inTransaction } from '../../database/transaction';
import type {} from '../auth-events';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import type { ChangePasswordDto, ResetPasswordDto } from '../dto/password.dto';
import { OwnPassword } from './own-password';
import { PasswordHasher } from './password-hasher';
import { type PasswordContext, PasswordRules } from './password-rules';
import { ACCOUNT_OF_TICKET, CHANGE_PASSWORD, type PasswordRow, RESET_PASSWORD } from './password-statements';
import { SecurityAudit } from '../account/security-audit';
import { SessionsService } from '../sessions/sessions.service';
import { StepUps } from '../sessions/step-ups';

const NEW_PASSWORD = '#/newPassword';

/** Changes passwords. Who was signed in by the old one is not any more. */
@Injectable()
export class PasswordsService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: PhoneVault,
    private readonly own: OwnPassword,
    private readonly rules: PasswordRules,
    private readonly hasher: PasswordHasher,
    private readonly stepUps: StepUps,
    private readonly sessions: SessionsService,
    private readonly events: Events,
    private readonly audit: SecurityAudit,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {}

  /**
   * Ends all other sessions, too.
   * @param network prefix of the address that asks
   * @throws {Problem} LOGIN_FAILED for a wrong current password; STEP_UP_REQUIRED without one; VALIDATION_FAILED
   */
  async change(
    caller: AuthenticatedUser,
    { currentPassword, newPassword }: ChangePasswordDto,
    network?: string,
  ): Promise<void> {
    const { userId, sessionId } = caller;
    const by = currentPassword === undefined ? 'step-up' : 'password';
    if (by === 'step-up') await this.stepUps.mustBeElevated(caller);
    const user =
      currentPassword === undefined
        ? await this.own.of(userId)
        : await this.own.mustBe(userId, currentPassword, network);
    await this.rules.mustBeAcceptable(newPassword, this.contextOf(user), NEW_PASSWORD);
    const passwordHash = await this.hasher.hash(newPassword);
    const tell = await inTransaction(this.dataSource, async (manager) => {
      const [changed] = await CHANGE_PASSWORD.run(manager, [userId, passwordHash, user.passwordHash]);
      // Somebody else changed it meanwhile: what was proven is no longer so.
      if (!changed) throw new Problem('LOGIN_FAILED');
      const ended = await this.sessions.endOthers(userId, sessionId, 'password-changed', manager);
      await this.audit.own(userId, 'user.password-changed', { by }, manager);
      return ended;
    });
    tell();
    this.events.emit('user.password-changed', { userId });
  }

  /**
   * Gives the account of a proven number a new password, and ends all its sessions. Signs nobody in.
   * @throws {Problem} TICKET_INVALID; VALIDATION_FAILED and SECOND_PROOF_REQUIRED leave the ticket good
   */
  async reset({ ticket, newPassword }: ResetPasswordDto): Promise<void> {
    const digest = digestToken(ticket);
    const idleDays = this.options.idleAccountDays ?? 0;
    const [user] = await ACCOUNT_OF_TICKET.run(this.dataSource, [digest, idleDays]);
    if (!user) throw new Problem('TICKET_INVALID');
    // Else the new owner of a number would make the password that they are asked for.
    if (user.isIdle) throw new Problem('SECOND_PROOF_REQUIRED');
    await this.rules.mustBeAcceptable(newPassword, this.contextOf(user), NEW_PASSWORD);
    const passwordHash = await this.hasher.hash(newPassword);
    const tell = await inTransaction(this.dataSource, async (manager) => {
      const [reset] = await RESET_PASSWORD.run(manager, [digest, user.id, passwordHash]);
      if (!reset) throw new Problem('TICKET_INVALID');
      const ended = await this.sessions.endAll(user.id, 'password-changed', manager);
      await this.audit.own(user.id, 'user.password-reset', { by: 'code' }, manager);
      return ended;
    });
    tell();
    this.events.emit('user.password-reset', { userId: user.id });
  }

  private contextOf({ phoneCiphertext, username, nickname, email }: PasswordRow): PasswordContext {
    return { phone: phoneCiphertext && this.vault.read(phoneCiphertext), username, nickname, email };
  }
}
