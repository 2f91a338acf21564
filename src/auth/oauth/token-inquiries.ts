import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { digestToken } from '../../common/secrets';
import { PreparedStatement } from '../../database/prepared-statement';
import type { VerifiedToken } from '../../tokens/access-token';
import { TokenVerifier } from '../../tokens/token-verifier';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import type { IntrospectionDto } from '../dto/oauth.dto';
import { readRefreshToken, type RefreshToken } from '../sessions/refresh-token';
import { SessionsService } from '../sessions/sessions.service';

interface LivingSession {
  readonly userId: string;
  readonly username: string | null;
  readonly roles: string[];
  readonly generation: number;
  readonly refreshDigest: Buffer;
  /** Seconds since the epoch. */
  readonly refreshedAt: number;
  readonly expiresAt: number;
}

/** $1 session. No row: it has ended, or its user may not use it. */
const LIVING_SESSION = new PreparedStatement<LivingSession>(
  'auth.living-session',
  `SELECT u.id AS "userId", u.username, u.roles, u.token_generation AS generation,
     s.refresh_digest AS "refreshDigest",
     extract(epoch FROM coalesce(s.rotated_at, s.created_at))::int AS "refreshedAt",
     extract(epoch FROM least(s.idle_expires_at, s.absolute_expires_at))::int AS "expiresAt"
   FROM sessions s JOIN users u ON u.id = s.user_id
   WHERE s.id = $1 AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.absolute_expires_at > now()
     AND u.status = 'active'`,
);

const INACTIVE: IntrospectionDto = { active: false };

/** What clients ask about tokens of any kind. The database is asked: what ended this moment has ended. */
@Injectable()
export class TokenInquiries {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly verifier: TokenVerifier,
    private readonly sessions: SessionsService,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {}

  async introspect(token: string): Promise<IntrospectionDto> {
    const refresh = this.refreshTokenOf(token);
    if (refresh) return this.ofRefreshToken(token, refresh);
    const verified = await this.verifier.verify(token);
    return verified ? this.ofAccessToken(verified) : INACTIVE;
  }

  /** Ends the session of a token; nothing for one that is not ours. */
  async revoke(token: string): Promise<void> {
    const sessionId =
      this.refreshTokenOf(token)?.sessionId ?? (await this.verifier.verify(token))?.user.sessionId;
    if (sessionId) await this.sessions.endAnyones(sessionId, 'revoked-by-client');
  }

  private async ofAccessToken({ user, generation, claims }: VerifiedToken): Promise<IntrospectionDto> {
    const session = await this.find(user.sessionId);
    if (!session || session.userId !== user.userId || generation < session.generation) return INACTIVE;
    const { client_id, exp, iat, iss, aud, jti } = claims as Required<IntrospectionDto>;
    return {
      active: true,
      token_type: 'Bearer',
      client_id,
      ...this.subjectOf(user.sessionId, session),
      exp,
      iat,
      iss,
      aud,
      jti,
    };
  }

  /** The newest of its session, and no other. */
  private async ofRefreshToken(token: string, { sessionId }: RefreshToken): Promise<IntrospectionDto> {
    const session = await this.find(sessionId);
    if (!session?.refreshDigest.equals(digestToken(token))) return INACTIVE;
    const { issuer: iss, audience: aud } = this.options;
    return {
      active: true,
      token_type: 'refresh_token',
      client_id: aud,
      ...this.subjectOf(sessionId, session),
      exp: session.expiresAt,
      iat: session.refreshedAt,
      iss,
      aud,
    };
  }

  private subjectOf(sid: string, { userId, roles, username }: LivingSession) {
    return { sub: userId, sid, roles, ...(username !== null && { username }) };
  }

  private async find(sessionId: string): Promise<LivingSession | undefined> {
    const [session] = await LIVING_SESSION.run(this.dataSource, [sessionId]);
    return session;
  }

  private refreshTokenOf(token: string): RefreshToken | undefined {
    return readRefreshToken(this.options.secrets.key('refresh'), token);
  }
}
