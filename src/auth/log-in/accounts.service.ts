import { Inject, Injectable } from '@nestjs/common';
import { Problem } from '../../common/problem';
import { CodeChecks } from '../../verification/code-checks';
import type { CodeGrant, SessionAnswerDto } from '../dto/session.dto';
import { AdminPhones } from '../account/admin-phones';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import { CodeLogIn } from './code-log-in';
import { SecondProof } from './second-proof';
import type { AccountRow } from '../sessions/session-statements';
import { TestAccounts } from '../registration/test-accounts';
import { type NewSession, type Origin, SessionsService } from '../sessions/sessions.service';

/** Logs in. What is opened is written together with the end of the proof it was bought with. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly checks: CodeChecks,
    private readonly codes: CodeLogIn,
    private readonly sessions: SessionsService,
    private readonly secondProof: SecondProof,
    private readonly adminPhones: AdminPhones,
    private readonly testAccounts: TestAccounts,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {}

  /**
   * @throws {Problem} ACCOUNT_NOT_FOUND when the number has no account and none may be made; the code is spent then.
   * SECOND_PROOF_REQUIRED and LOGIN_FAILED for an account that was not used for long, without its password
   */
  async logInByCode(grant: CodeGrant, origin: Origin): Promise<SessionAnswerDto> {
    const proof = await this.checks.consume(grant.verificationId, grant.code, ['login']);
    const createUser = grant.createUser && (this.options.logInCreatesUsers ?? true);
    // Without its password an idle account stays shut, and the code good: it buys as many guesses as it has attempts.
    const { session, user } = await this.checks.buying(proof, async () => {
      const isTwofold = await this.secondProof.mustBeGiven(proof, grant.password, origin.ipPrefix);
      const session = this.sessions.prepare(isTwofold ? ['sms', 'pwd'] : ['sms'], origin);
      const open = createUser ? this.codes.openOrCreate(proof, session) : this.codes.open(proof, session);
      return { session, user: await open };
    });
    if (!user) throw new Problem('ACCOUNT_NOT_FOUND');
    if (user.status !== 'active') throw new Problem('LOGIN_FAILED');
    if (proof.isTest) await this.testAccounts.mark(user);
    return this.answerTo(session, await this.adminPhones.promote(user));
  }

  private answerTo(session: NewSession, user: AccountRow): Promise<SessionAnswerDto> {
    return this.sessions.answerTo(session, user);
  }
}
