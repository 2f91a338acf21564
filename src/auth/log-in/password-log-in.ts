import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { PhoneVault } from '../../common/phone-vault';
import { Problem } from '../../common/problem';
import { parseIdentifier } from '../../users/identifier';
import { CaptchaService } from '../../verification/captcha.service';
import type { CaptchaAnswer } from '../../verification/start-rules';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import type { PasswordGrant, SessionAnswerDto } from '../dto/session.dto';
import { comparing } from '../passwords/own-password';
import { PasswordHasher } from '../passwords/password-hasher';
import { PasswordLimit } from '../passwords/password-limit';
import { LOG_IN_BY_PASSWORD, PASSWORD_BY, REHASH } from '../passwords/password-statements';
import type { AccountRow } from '../sessions/session-statements';
import { type NewSession, type Origin, SessionsService } from '../sessions/sessions.service';

/** Logs in by password. Known and unknown identifiers are counted, delayed and compared alike. */
@Injectable()
export class PasswordLogIn {
  private readonly logger = new Logger(PasswordLogIn.name);

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: PhoneVault,
    private readonly captchas: CaptchaService,
    private readonly limit: PasswordLimit,
    private readonly hasher: PasswordHasher,
    private readonly sessions: SessionsService,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {}

  /**
   * @throws {Problem} LOGIN_FAILED, the same for a wrong password, no password and no account; CAPTCHA_REQUIRED,
   * LOGIN_DELAYED and PASSWORD_HOURLY_LIMIT after wrong ones; STORE_UNAVAILABLE when nobody counts them
   */
  async logIn(
    { identifier, password }: PasswordGrant,
    origin: Origin,
    captcha?: CaptchaAnswer,
  ): Promise<SessionAnswerDto> {
    // Before the captcha: one that was solved for an answer of "wait" would have to be solved again.
    const counted = await this.limit.count({ identifier }, origin.ipPrefix, !captcha);
    const session = this.sessions.prepare(['pwd'], origin);
    const user = await comparing(counted, async () => {
      if (captcha) await this.passCaptcha(captcha);
      return this.open(session, identifier, password);
    });
    if (!user) throw new Problem('LOGIN_FAILED');
    await counted.succeeded();
    return this.sessions.answerTo(session, user);
  }

  private async passCaptcha({ captchaId, answer }: CaptchaAnswer): Promise<void> {
    if (this.options.captchaMode === 'never') return;
    await this.captchas.consume(captchaId, answer);
  }

  /** @returns undefined when nobody has this identifier and this password */
  private async open(
    session: NewSession,
    identifier: string,
    password: string,
  ): Promise<AccountRow | undefined> {
    // A second time where another log-in has just brought the hash up to date: then the password is right all the same.
    for (let tries = 1; tries <= 2; tries += 1) {
      const { id, passwordHash } = await this.find(identifier);
      const isRight = await this.hasher.verify(passwordHash, password);
      if (!isRight || !id || !passwordHash) return undefined;
      const values = [...session.parameters, id, passwordHash];
      const [user] = await LOG_IN_BY_PASSWORD.run(this.dataSource, values);
      if (!user) continue;
      await this.keepUpToDate(id, passwordHash, password);
      return user;
    }
    return undefined;
  }

  private async find(text: string): Promise<{ id: string | null; passwordHash: string | null }> {
    const identifier = parseIdentifier(text, this.options.countries);
    if (!identifier) return { id: null, passwordHash: null };
    const value = identifier.kind === 'phone' ? this.vault.index(identifier.phone) : identifier.key;
    const [row] = await PASSWORD_BY[identifier.kind].run(this.dataSource, [value]);
    return row;
  }

  /** Only now is the password there to be hashed with other parameters. Whoever logs in does not depend on it. */
  private async keepUpToDate(id: string, passwordHash: string, password: string): Promise<void> {
    if (!this.hasher.isOutdated(passwordHash)) return;
    try {
      await REHASH.run(this.dataSource, [id, passwordHash, await this.hasher.hash(password)]);
    } catch (error) {
      this.logger.debug({ event: 'auth.password.not-rehashed', userId: id, message: String(error) });
    }
  }
}
