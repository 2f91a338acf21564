import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { crashPoint } from '../common/crash-points';
import { Events } from '../common/events';
import { invalidMember, Problem } from '../common/problem';
import { isStoreUnavailable } from '../common/problem-stores';
import { SmsService } from '../sms/sms.service';
import { retryAfter } from './admission-problem';
import type { TicketDto } from './dto/verification.dto';
import type { Proof } from './proof';
import type { Purpose } from './purpose';
import { TestNumbers } from './test-numbers';
import { Tickets } from './tickets';
import { deriveCode } from './verification-code';
import { CHECK_RESULTS } from './verification-events';
import { isVerificationId } from './verification-id';
import { type CheckVerdict, type Keeping, VerificationStore } from './verification-store';
import { VERIFICATION_OPTIONS, type VerificationModuleOptions } from './verification.options';

/** Judges codes. A right one is consumed, and what it buys has to be written together with its verification's id. */
@Injectable()
export class CodeChecks {
  constructor(
    private readonly store: VerificationStore,
    private readonly tickets: Tickets,
    private readonly events: Events,
    private readonly testNumbers: TestNumbers,
    private readonly sms: SmsService,
    @Inject(VERIFICATION_OPTIONS) private readonly options: VerificationModuleOptions,
  ) {}

  /** Exchanges a right code for a ticket. */
  async exchange(verificationId: string, code: string): Promise<TicketDto> {
    const proof = await this.consume(verificationId, code, '*');
    const { ticket, expiresAt } = await this.buying(proof, () => this.tickets.issue(proof));
    return { ticket, purpose: proof.purpose, expiresAt: expiresAt.toISOString() };
  }

  /**
   * Consumes a right code: of any number of parallel calls one returns.
   * @param purposes what the code may have been asked for; any other is a mismatch that spends no attempt
   * @throws {Problem} 422 CODE_MISMATCH, 410 when the verification is over, 429 CHECK_LIMIT
   */
  async consume(verificationId: string, code: string, purposes: readonly Purpose[] | '*'): Promise<Proof> {
    const presented = this.presented(verificationId, code);
    const judged = await this.store.check(verificationId, presented, purposes, this.options.checkHourlyLimit);
    return this.proofBy(verificationId, judged);
  }

  /**
   * Consumes a right code and keeps what it proves, in one step, so that no crash and no lost answer can come between.
   * What is kept buys something later: then {@link Proof} and purchase are written together, as ever.
   * @returns until when it is kept, ms since the epoch; undefined when it was kept before, and no code was judged
   * @throws {Problem} as {@link consume}
   */
  async keep(
    verificationId: string,
    code: string,
    purposes: readonly Purpose[],
    keeping: Keeping,
  ): Promise<number | undefined> {
    const presented = this.presented(verificationId, code);
    const limit = this.options.checkHourlyLimit;
    const { judged, until } = await this.store.checkAndKeep(
      verificationId,
      presented,
      purposes,
      limit,
      keeping,
    );
    if (judged.verdict === 'KEPT') return undefined;
    this.proofBy(verificationId, judged);
    return until;
  }

  /**
   * Runs what writes the purchase. When it fails without having written, the code may be presented again:
   * that a purchase is made once is the database's word (unique verification id), not the store's.
   * @param keepsSpent errors after which the code stays consumed all the same
   */
  async buying<Bought>(
    proof: Proof,
    write: () => Promise<Bought>,
    keepsSpent?: (error: unknown) => boolean,
  ): Promise<Bought> {
    try {
      return await write();
    } catch (error) {
      const used = error instanceof Problem && error.code === 'VERIFICATION_USED';
      // A store that is gone is not the user's fault: however often it is tried meanwhile, no attempt is lost.
      const givesAttemptBack = isStoreUnavailable(error);
      if (!used && !keepsSpent?.(error))
        await this.store.release(proof.verificationId, { givesAttemptBack }).catch(() => undefined);
      throw error;
    }
  }

  private presented(verificationId: string, code: string) {
    if (!isVerificationId(verificationId)) throw new Problem('VERIFICATION_UNKNOWN');
    return {
      matched: this.matches(verificationId, code),
      length: code.length,
      testIndexes: this.testNumbers.withCode(code),
    };
  }

  /** Tells of a judgement, and what it proves. */
  private proofBy(verificationId: string, judged: CheckVerdict): Proof {
    this.events.emit('verification.checked', {
      verificationId,
      purpose: judged.purpose ?? null,
      result: CHECK_RESULTS[judged.verdict],
    });
    if (judged.verdict !== 'MATCHED') throw checkProblem(judged);
    crashPoint('consumed');
    this.sms.approved(verificationId);
    return {
      verificationId,
      purpose: judged.purpose as Purpose,
      phone: {
        index: Buffer.from(judged.phoneIndex, 'base64url'),
        ciphertext: Buffer.from(judged.phone, 'base64url'),
      },
      userId: judged.subject || undefined,
      isTest: judged.isTest,
    };
  }

  private matches(verificationId: string, code: string): boolean {
    const right = Buffer.from(deriveCode(this.options.secrets.key('code'), verificationId, code.length));
    return timingSafeEqual(right, Buffer.from(code));
  }
}

function checkProblem(judged: Exclude<CheckVerdict, { verdict: 'MATCHED' }>): Problem {
  switch (judged.verdict) {
    case 'MISMATCH':
      return new Problem('CODE_MISMATCH', { attemptsRemaining: judged.attemptsLeft });
    case 'CHECK_LIMIT':
      return new Problem('CHECK_LIMIT', { retryAfter: retryAfter(judged.waitMs) });
    case 'MALFORMED':
      return invalidMember('#/code', 'CODE_LENGTH');
    case 'UNKNOWN':
      return new Problem('VERIFICATION_UNKNOWN');
    case 'USED':
      return new Problem('VERIFICATION_USED');
    case 'EXHAUSTED':
      return new Problem('VERIFICATION_EXHAUSTED');
    case 'EXPIRED':
      return new Problem('VERIFICATION_EXPIRED');
  }
}
