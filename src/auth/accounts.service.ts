import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { invalidMember, Problem } from '../common/problem';
import { digestToken } from '../common/secrets';
import { usernameKey } from '../users/identifier';
import { UsersService } from '../users/users.service';
import { CaptchaService } from '../verification/captcha.service';
import { CodeChecks } from '../verification/code-checks';
import type { Proof } from '../verification/proof';
import type { CaptchaAnswer } from '../verification/start-rules';
import type { RegisterDto } from './dto/register.dto';
import type { CodeGrant, PasswordGrant, SessionAnswerDto } from './dto/session.dto';
import { AdminPhones } from './admin-phones';
import { CodeLogIn } from './code-log-in';
import { PasswordHasher } from './password-hasher';
import { PasswordLimit } from './password-limit';
import { inContractWords, rowOf } from './proof-row';
import { type AccountRow, OPEN_SESSION, REGISTER_BY_CODE, REGISTER_BY_TICKET } from './session-statements';
import { TestAccounts } from './test-accounts';
import { type NewSession, type Origin, SessionsService } from './sessions.service';

/** Registers and logs in. Each writes what it opens together with the end of the proof it was bought with. */
@Injectable()
export class AccountsService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly captchas: CaptchaService,
    private readonly checks: CodeChecks,
    private readonly codes: CodeLogIn,
    private readonly sessions: SessionsService,
    private readonly hasher: PasswordHasher,
    private readonly passwordLimit: PasswordLimit,
    private readonly adminPhones: AdminPhones,
    private readonly testAccounts: TestAccounts,
  ) {}

  /**
   * Makes an account for a number whose possession is proven, and signs it in.
   * @throws {Problem} PHONE_TAKEN, USERNAME_TAKEN (the proof stays good), TICKET_INVALID, or what a code check throws
   */
  async register(request: RegisterDto, origin: Origin): Promise<SessionAnswerDto> {
    mustBeOneProof(request);
    const session = this.sessions.prepare(['sms'], origin);
    const account = [
      ...session.parameters,
      uuidv7(),
      request.username ?? null,
      request.username ? usernameKey(request.username) : null,
      request.nickname ?? null,
    ];
    if (request.ticket !== undefined) {
      const passwordHash = await this.hashOf(request);
      const user = await this.registerByTicket([...account, passwordHash], request.ticket);
      await this.testAccounts.mark(user);
      return this.answerTo(session, await this.adminPhones.promote(user));
    }
    const proof = await this.checks.consume(request.verificationId!, request.code!, ['register']);
    const user = await this.checks.buying(
      proof,
      async () => this.registerByCode([...account, await this.hashOf(request)], proof),
      // Possession is proven and the number is taken: another try with this code would find the same.
      (error) => error instanceof Problem && error.code === 'PHONE_TAKEN',
    );
    if (proof.isTest) await this.testAccounts.mark(user);
    return this.answerTo(session, await this.adminPhones.promote(user));
  }

  /**
   * @throws {Problem} ACCOUNT_NOT_FOUND when the number has no account and none may be made; the code is spent then
   */
  async logInByCode(grant: CodeGrant, origin: Origin): Promise<SessionAnswerDto> {
    const proof = await this.checks.consume(grant.verificationId, grant.code, ['login']);
    const session = this.sessions.prepare(['sms'], origin);
    const user = await this.checks.buying(proof, () =>
      grant.createUser ? this.codes.openOrCreate(proof, session) : this.codes.open(proof, session),
    );
    if (!user) throw new Problem('ACCOUNT_NOT_FOUND');
    if (user.status !== 'active') throw new Problem('LOGIN_FAILED');
    if (proof.isTest) await this.testAccounts.mark(user);
    return this.answerTo(session, await this.adminPhones.promote(user));
  }

  /** @throws {Problem} LOGIN_FAILED, the same for a wrong password, no password and no account */
  async logInByPassword(
    { identifier, password }: PasswordGrant,
    origin: Origin,
    captcha?: CaptchaAnswer,
  ): Promise<SessionAnswerDto> {
    if (captcha) await this.captchas.consume(captcha.captchaId, captcha.answer);
    const takeBack = await this.passwordLimit.count(identifier);
    const found = await this.users.findByIdentifier(identifier);
    const right = await this.hasher.verify(found?.passwordHash, password);
    if (!found || !right) throw new Problem('LOGIN_FAILED');
    await takeBack();
    const session = this.sessions.prepare(['pwd'], origin);
    const [user] = await OPEN_SESSION.run(this.dataSource, [...session.parameters, found.id]);
    if (!user) throw new Problem('LOGIN_FAILED');
    return this.answerTo(session, user);
  }

  private answerTo(session: NewSession, user: AccountRow): Promise<SessionAnswerDto> {
    return this.sessions.answerTo(session, user);
  }

  private hashOf({ password }: RegisterDto): Promise<string | null> {
    return password ? this.hasher.hash(password) : Promise.resolve(null);
  }

  private async registerByTicket(account: unknown[], ticket: string): Promise<AccountRow> {
    const values = [...account, digestToken(ticket), 'register'];
    const [user] = await inContractWords(REGISTER_BY_TICKET.run(this.dataSource, values));
    if (!user) throw new Problem('TICKET_INVALID');
    return user;
  }

  private async registerByCode(account: unknown[], proof: Proof): Promise<AccountRow> {
    const [user] = await inContractWords(
      REGISTER_BY_CODE.run(this.dataSource, [...account, ...rowOf(proof)]),
    );
    return user;
  }
}

/** Two proofs could be of two numbers: which one is meant is the caller's to say. */
function mustBeOneProof({ ticket, verificationId, code }: RegisterDto): void {
  if (ticket === undefined || (verificationId === undefined && code === undefined)) return;
  throw invalidMember('#/ticket', 'AMBIGUOUS_PROOF');
}
