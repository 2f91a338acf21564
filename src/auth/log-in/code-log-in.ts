import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { Problem } from '../../common/problem';
import { GroupCommit, REQUEST_WAIT_MS } from '../../database/group-commit';
import type { Proof } from '../../verification/proof';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import { HostUsers } from '../registration/host-users';
import { inContractWords, rowOf } from '../registration/proof-row';
import { POLICY_VERSION } from '../registration/registration-steps';
import { type AccountRow, LOG_IN_OR_CREATE, LOG_IN_TOGETHER } from '../sessions/session-statements';
import { SecurityAudit } from '../account/security-audit';
import type { NewSession } from '../sessions/sessions.service';

interface LogIn {
  readonly proof: Proof;
  readonly session: NewSession;
}

type LogInRow = { verification_id: string } & (AccountRow | { id: null });

/** Opens the session that a proven number buys. Written together with the proof's end: a proof opens one. */
@Injectable()
export class CodeLogIn {
  private readonly logIns = new GroupCommit((logIns: LogIn[]) => this.openTogether(logIns), {
    longestWaitMs: REQUEST_WAIT_MS,
  });

  private readonly policyVersion: string;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly hosts: HostUsers,
    private readonly audit: SecurityAudit,
    @Inject(AUTH_OPTIONS) { policyVersion = POLICY_VERSION }: AuthModuleOptions,
  ) {
    this.policyVersion = policyVersion;
  }

  /**
   * @returns the account, whatever its status; undefined when the number has none
   * @throws {Problem} VERIFICATION_USED when the proof opened something before
   */
  async open(proof: Proof, session: NewSession): Promise<AccountRow | undefined> {
    const row = await this.logIns.add({ proof, session });
    if (!row) throw new Problem('VERIFICATION_USED');
    return row.id === null ? undefined : row;
  }

  /** As {@link open}, but makes an account where there is none. */
  async openOrCreate(proof: Proof, session: NewSession): Promise<AccountRow> {
    const id = await this.hosts.idFor(proof.phone.ciphertext);
    const consent = [uuidv7(), this.policyVersion];
    const values = [...session.parameters, id, ...rowOf(proof), ...this.audit.parameters(), ...consent];
    const run = () =>
      this.hosts.making(async (on) => {
        const [{ isNew, ...user }] = await inContractWords(LOG_IN_OR_CREATE.run(on, values));
        return { user, isNew };
      });
    try {
      return await run();
    } catch (error) {
      // Somebody registered the number between our look and our insert. Nothing was written; now it is found.
      if (error instanceof Problem && error.code === 'PHONE_TAKEN') return run();
      throw error;
    }
  }

  private async openTogether(logIns: LogIn[]): Promise<(LogInRow | undefined)[]> {
    const column = <T>(pick: (logIn: LogIn) => T) => logIns.map(pick);
    const [{ session }] = logIns;
    const rows = await LOG_IN_TOGETHER.run(this.dataSource, [
      column(({ proof }) => proof.verificationId),
      column(({ proof }) => proof.purpose),
      column(({ proof }) => proof.phone.index),
      column(({ proof }) => proof.phone.ciphertext),
      column((each) => each.session.id),
      column((each) => each.session.amr.join(' ')),
      column((each) => each.session.refreshDigest),
      column((each) => each.session.device),
      column((each) => each.session.ipPrefix),
      session.idleTtl,
      session.absoluteTtl,
    ]);
    const byVerification = new Map(rows.map((row) => [row.verification_id, row]));
    return logIns.map(({ proof }) => {
      const row = byVerification.get(proof.verificationId);
      // Two with one proof in one statement: the first has it.
      byVerification.delete(proof.verificationId);
      return row;
    });
  }
}
