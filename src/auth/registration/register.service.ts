import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { PhoneVault } from '../../common/phone-vault';
import { invalidMember, Problem } from '../../common/problem';
import { CodeChecks } from '../../verification/code-checks';
import type { RegisterDto } from '../dto/register.dto';
import type { SessionAnswerDto } from '../dto/session.dto';
import { NewAccounts } from './new-accounts';
import { PasswordHasher } from '../passwords/password-hasher';
import { PasswordRules } from '../passwords/password-rules';
import { type NewSession, type Origin, SessionsService } from '../sessions/sessions.service';
import type { AccountRow } from '../sessions/session-statements';

/** Registration in one call. */
@Injectable()
export class RegisterService {
  constructor(
    private readonly checks: CodeChecks,
    private readonly sessions: SessionsService,
    private readonly accounts: NewAccounts,
    private readonly hasher: PasswordHasher,
    private readonly passwordRules: PasswordRules,
    private readonly vault: PhoneVault,
  ) {}

  /**
   * Makes an account for a number whose possession is proven, and signs it in.
   * @param within a transaction of a host's, to be committed by it. With a ticket a rollback leaves nothing, and the
   * ticket good; a code is spent by then.
   * @throws {Problem} PHONE_TAKEN; USERNAME_TAKEN, EMAIL_TAKEN or a password that is refused: the proof stays good;
   * POLICY_VERSION_OUTDATED, TICKET_INVALID, or what a code check throws
   */
  async register(request: RegisterDto, origin: Origin, within?: EntityManager): Promise<SessionAnswerDto> {
    mustBeOneProof(request);
    this.accounts.mustConsent(request.policyVersion);
    const session = this.sessions.prepare(['sms'], origin);
    const user = await (request.ticket === undefined
      ? this.byCode(request, session, within)
      : this.byTicket(request.ticket, request, session, within));
    return this.accounts.answerTo(session, user, !within);
  }

  private async byTicket(
    ticket: string,
    request: RegisterDto,
    session: NewSession,
    within?: EntityManager,
  ): Promise<AccountRow> {
    // Only a password needs to know the number beforehand.
    const phone =
      request.password === undefined ? undefined : await this.accounts.phoneOfTicket(ticket, within);
    const passwordHash = await this.passwordHash(request, phone);
    return this.accounts.openByTicket(ticket, session, { ...request, passwordHash }, within);
  }

  private async byCode(
    request: RegisterDto,
    session: NewSession,
    within?: EntityManager,
  ): Promise<AccountRow> {
    const proof = await this.checks.consume(request.verificationId!, request.code!, ['register']);
    return this.checks.buying(
      proof,
      async () => {
        const passwordHash = await this.passwordHash(request, this.vault.read(proof.phone.ciphertext));
        return this.accounts.openByCode(proof, session, { ...request, passwordHash }, within);
      },
      // Possession is proven and the number is taken: another try with this code would find the same.
      (error) => error instanceof Problem && error.code === 'PHONE_TAKEN',
    );
  }

  private async passwordHash(request: RegisterDto, phone: string | undefined): Promise<string | undefined> {
    const { password, username, nickname, email } = request;
    if (password === undefined) return undefined;
    await this.passwordRules.mustBeAcceptable(password, { phone, username, nickname, email }, '#/password');
    return this.hasher.hash(password);
  }
}

/** Two proofs could be of two numbers: which one is meant is the caller's to say. */
function mustBeOneProof({ ticket, verificationId, code }: RegisterDto): void {
  if (ticket === undefined || (verificationId === undefined && code === undefined)) return;
  throw invalidMember('#/ticket', 'AMBIGUOUS_PROOF');
}
