import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, type EntityManager, IsNull, Repository } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { Events } from '../../common/events';
import { PhoneVault } from '../../common/phone-vault';
import { Problem } from '../../common/problem';
import { digestToken } from '../../common/secrets';
import { GroupCommit, REQUEST_WAIT_MS } from '../../database/group-commit';
import { Avatars } from '../../users/avatars';
import { userView } from '../../users/user-view';
import { AccessTokens } from '../keys/access-tokens';
import type {} from '../auth-events';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import type { SessionAnswerDto } from '../dto/session.dto';
import { deriveRefreshToken, readRefreshToken, type RefreshToken } from './refresh-token';
import { Revocations } from '../bearer/revocations';
import { SecurityAudit } from '../account/security-audit';
import { type RevocationReason, Session } from './session.entity';
import {
  type AccountRow,
  END_ALL,
  END_OTHERS,
  NEXT_GENERATION,
  OPEN_SESSION,
  REPEAT_ROTATION,
  ROTATE,
  type RefreshedRow,
} from './session-statements';

/** Where a request comes from, as a session remembers it. */
export interface Origin {
  readonly device?: string;
  readonly ipPrefix?: string;
}

/** A session that is about to be written together with what opens it. */
export interface NewSession {
  readonly id: string;
  readonly amr: readonly string[];
  readonly refreshToken: string;
  readonly refreshDigest: Buffer;
  readonly device: string | null;
  readonly ipPrefix: string | null;
  /** Lifetimes, seconds. */
  readonly idleTtl: number;
  readonly absoluteTtl: number;
  /** The first seven parameters of every statement that opens one session. */
  readonly parameters: readonly unknown[];
}

interface Rotation {
  readonly sessionId: string;
  readonly presented: Buffer;
  readonly successor: Buffer;
  readonly ipPrefix: string | null;
}

const USED_AT_CURSOR =
  '(SELECT c.last_used_at, c.id FROM sessions c WHERE c.id = :cursor AND c.user_id = :userId)';

/** Sessions and their tokens. */
@Injectable()
export class SessionsService {
  private readonly logger = new Logger(SessionsService.name);
  private readonly rotations = new GroupCommit((rotations: Rotation[]) => this.rotateAll(rotations), {
    longestWaitMs: REQUEST_WAIT_MS,
  });

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly accessTokens: AccessTokens,
    private readonly revocations: Revocations,
    private readonly vault: PhoneVault,
    private readonly avatars: Avatars,
    private readonly events: Events,
    private readonly audit: SecurityAudit,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {}

  prepare(amr: readonly string[], origin: Origin): NewSession {
    const id = uuidv7();
    const refreshToken = this.tokenOf({ sessionId: id, generation: 0 });
    const refreshDigest = digestToken(refreshToken);
    const device = origin.device?.slice(0, 200) ?? null;
    const ipPrefix = origin.ipPrefix ?? null;
    const absoluteTtl = this.options.refreshAbsoluteTtl;
    const idleTtl = Math.min(this.options.refreshIdleTtl, absoluteTtl);
    const parameters = [id, amr, refreshDigest, device, ipPrefix, idleTtl, absoluteTtl];
    return { id, amr, refreshToken, refreshDigest, device, ipPrefix, idleTtl, absoluteTtl, parameters };
  }

  /**
   * Opens a session for a user whom a host knows by a way of its own.
   * @param amr how they proved who they are (RFC 8176)
   * @param within a transaction to take part in
   * @throws {Problem} LOGIN_FAILED when there is no such account, or it is disabled
   */
  async open(
    userId: string,
    amr: readonly string[],
    origin: Origin = {},
    within?: EntityManager,
  ): Promise<SessionAnswerDto> {
    const session = this.prepare(amr, origin);
    const [user] = await OPEN_SESSION.run(within ?? this.dataSource, [...session.parameters, userId]);
    if (!user) throw new Problem('LOGIN_FAILED');
    return this.answerTo(session, user);
  }

  /** The answer to whoever opened this session. */
  answerTo(session: NewSession, user: AccountRow): Promise<SessionAnswerDto> {
    return this.answer(session.id, session.refreshToken, {
      ...user,
      amr: [...session.amr],
      authTime: Math.floor(Date.now() / 1_000),
      refreshExpiresIn: session.idleTtl,
    });
  }

  /**
   * Rotates: a new pair for the newest refresh token. Within the grace time a token that was just used gives the same
   * successor once more; later its use ends the session, since two hold it.
   * @throws {Problem} REFRESH_INVALID, or REFRESH_REUSED when the session was ended for it
   */
  async refresh(presented: string, origin: Origin): Promise<SessionAnswerDto> {
    const token = readRefreshToken(this.key, presented);
    if (!token) throw new Problem('REFRESH_INVALID');
    const successor = this.tokenOf({ ...token, generation: token.generation + 1 });
    const rotated = await this.rotations.add({
      sessionId: token.sessionId,
      presented: digestToken(presented),
      successor: digestToken(successor),
      ipPrefix: origin.ipPrefix ?? null,
    });
    if (rotated) return this.answer(token.sessionId, successor, rotated);
    return this.repeat(token, presented, successor);
  }

  /**
   * Own sessions that are still good, newest use first.
   * @param most how many
   * @param cursor id of a session: only those that were used before it was
   */
  list(userId: string, most: number, cursor?: string): Promise<Session[]> {
    const query = this.sessions
      .createQueryBuilder('s')
      .where('s.user_id = :userId AND s.revoked_at IS NULL', { userId })
      .andWhere('s.idle_expires_at > now() AND s.absolute_expires_at > now()')
      .orderBy({ 's.last_used_at': 'DESC', 's.id': 'DESC' })
      .limit(most);
    if (cursor) query.andWhere(`(s.last_used_at, s.id) < ${USED_AT_CURSOR}`, { cursor });
    return query.getMany();
  }

  /** @returns false when the user has no such session */
  end(userId: string, sessionId: string, reason: RevocationReason): Promise<boolean> {
    return this.endWhere({ id: sessionId, userId }, reason);
  }

  /**
   * Ends a session whose user nobody named.
   * @returns false when there is none
   */
  endAnyones(sessionId: string, reason: RevocationReason): Promise<boolean> {
    return this.endWhere({ id: sessionId }, reason);
  }

  /**
   * Ends all sessions of a user but the one that asks.
   * @param manager of a transaction to take part in
   * @returns what tells the instances, to be called once it is committed
   */
  async endOthers(
    userId: string,
    currentSessionId: string,
    reason: RevocationReason,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<() => void> {
    const ended = await END_OTHERS.run(manager, [userId, currentSessionId, reason]);
    return () => this.revocations.endSessions(ended.map(({ id }) => id));
  }

  /**
   * Ends all sessions of a user, and every access token that was issued so far.
   * @param manager of a transaction to take part in
   * @returns what tells the instances, to be called once it is committed
   */
  async endAll(
    userId: string,
    reason: RevocationReason,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<() => void> {
    await END_ALL.run(manager, [userId, reason]);
    return this.outdateTokens(userId, manager);
  }

  /**
   * Makes the access tokens of a user that were issued so far no good; sessions stay, and get new ones by a refresh.
   * @param manager of a transaction to take part in
   * @returns what tells the instances, to be called once it is committed
   */
  async outdateTokens(userId: string, manager: EntityManager = this.dataSource.manager): Promise<() => void> {
    const [user] = await NEXT_GENERATION.run(manager, [userId]);
    return () => user && this.revocations.endGeneration(userId, user.generation);
  }

  private async endWhere(which: { id: string; userId?: string }, reason: RevocationReason): Promise<boolean> {
    const { affected } = await this.sessions.update(
      { ...which, revokedAt: IsNull() },
      { revokedAt: () => 'now()', revokedReason: reason },
    );
    if (!affected) return false;
    this.revocations.endSessions([which.id]);
    return true;
  }

  /** @returns undefined for those that were not the newest of a good session */
  private async rotateAll(rotations: Rotation[]): Promise<(RefreshedRow | undefined)[]> {
    const column = <T>(pick: (rotation: Rotation) => T) => rotations.map(pick);
    const rows = await ROTATE.run(this.dataSource, [
      column((r) => r.sessionId),
      column((r) => r.presented),
      column((r) => r.successor),
      column((r) => r.ipPrefix),
      this.options.refreshIdleTtl,
    ]);
    const bySession = new Map(rows.map((row) => [row.sessionId, row]));
    return rotations.map(({ sessionId, presented }) => {
      const row = bySession.get(sessionId);
      return row?.presented.equals(presented) ? row : undefined;
    });
  }

  private async repeat(token: RefreshToken, presented: string, successor: string): Promise<SessionAnswerDto> {
    const [session] = await REPEAT_ROTATION.run(this.dataSource, [
      token.sessionId,
      digestToken(presented),
      this.options.refreshReuseGrace,
    ]);
    if (!session || token.generation >= session.generation) throw new Problem('REFRESH_INVALID');
    if (session.inGrace) return this.answer(token.sessionId, successor, session);
    await this.endForReuse(session.id, token.sessionId);
    throw new Problem('REFRESH_REUSED');
  }

  /** Of several who present an old token together, one is enough to tell. */
  private async endForReuse(userId: string, sessionId: string): Promise<void> {
    if (!(await this.end(userId, sessionId, 'refresh-reused'))) return;
    this.logger.warn({ event: 'auth.refresh.reused', sessionId, userId });
    this.events.emit('session.refresh-reused', { sessionId });
    const action = 'session.refresh-reused';
    await this.audit.record({ actor: 'system', action, subject: userId, detail: { sessionId } });
  }

  private async answer(
    sessionId: string,
    refreshToken: string,
    row: RefreshedRow,
  ): Promise<SessionAnswerDto> {
    const { accessToken, expiresIn } = await this.accessTokens.issue({
      userId: row.id,
      sessionId,
      roles: row.roles,
      amr: row.amr,
      authTime: row.authTime,
      generation: row.tokenGeneration,
    });
    return {
      accessToken,
      tokenType: 'Bearer',
      expiresIn,
      refreshToken,
      refreshExpiresIn: row.refreshExpiresIn,
      sessionId,
      user: userView(row, this.vault, 'masked', await this.avatars.urlOf(row)),
    };
  }

  private tokenOf(token: RefreshToken): string {
    return deriveRefreshToken(this.key, token);
  }

  private get key(): Buffer {
    return this.options.secrets.key('refresh');
  }
}
