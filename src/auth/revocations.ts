import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { PreparedStatement } from '../database/prepared-statement';
import { AUTH_OPTIONS, type AuthModuleOptions } from './auth.options';
import type { VerifiedToken } from './jwt.strategy';

const POLL_MS = 1_000;
/** Transactions commit a little after the time they carry, so every look reaches back over the last ones. */
const OVERLAP_S = 10;

const ENDED = new PreparedStatement<{ id: string; generation: number | null }>(
  'auth.revoked',
  `SELECT id, NULL::int AS generation FROM sessions WHERE revoked_at > now() - $1::float8 * interval '1 second'
   UNION ALL
   SELECT id, token_generation FROM users WHERE generation_changed_at > now() - $1::float8 * interval '1 second'`,
);

/**
 * The sessions and generations of tokens that ended while access tokens of theirs may still be about, kept in memory:
 * a guard asks no store. What ended here counts at once; what ended on other instances within two seconds.
 */
@Injectable()
export class Revocations implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Revocations.name);
  /** Session id -> when its last access token has expired, ms. */
  private readonly sessions = new Map<string, number>();
  /** User id -> the first generation that is good, and when the last token of an earlier one has expired, ms. */
  private readonly generations = new Map<string, { first: number; until: number }>();
  private timer?: NodeJS.Timeout;
  private complete = false;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => void this.look(), POLL_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Whether a token's session, or its generation, has ended. */
  concern({ user, generation }: VerifiedToken): boolean {
    if (this.sessions.has(user.sessionId)) return true;
    return generation < (this.generations.get(user.userId)?.first ?? 0);
  }

  endSessions(sessionIds: readonly string[]): void {
    for (const id of sessionIds) this.sessions.set(id, this.lastExpiry());
  }

  /** @param first the first generation that is good */
  endGeneration(userId: string, first: number): void {
    if ((this.generations.get(userId)?.first ?? 0) >= first) return;
    this.generations.set(userId, { first, until: this.lastExpiry() });
  }

  private lastExpiry(): number {
    return Date.now() + this.options.accessTokenTtl * 1_000;
  }

  private async look(): Promise<void> {
    try {
      const reach = this.complete ? OVERLAP_S : this.options.accessTokenTtl;
      for (const { id, generation } of await ENDED.run(this.dataSource, [reach])) {
        if (generation !== null) this.endGeneration(id, generation);
        else if (!this.sessions.has(id)) this.endSessions([id]);
      }
      this.complete = true;
    } catch (error) {
      // What was missed meanwhile is read in full once the database is back.
      this.complete = false;
      this.logger.debug({ event: 'auth.revocations.not-read', message: String(error) });
    }
    const now = Date.now();
    for (const [id, until] of this.sessions) if (until < now) this.sessions.delete(id);
    for (const [id, { until }] of this.generations) if (until < now) this.generations.delete(id);
  }
}
