import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { PreparedStatement } from '../../database/prepared-statement';
import { PubSub } from '../../redis/pub-sub';
import { REDIS, type RedisConnection } from '../../redis/redis-connection';
import type { VerifiedToken } from '../../tokens/access-token';
import { type Ended, EndedTokens, type Ending, nameOf } from '../../tokens/ended-tokens';
import { RevocationFeed } from '../../tokens/revocation-feed';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';

const POLL_MS = 1_000;
/** Transactions commit a little after the time they carry, so every look reaches back over the last ones. */
const OVERLAP_S = 10;
/** Who verifies by a clock that is behind takes a token for that much longer. */
const CLOCK_SKEW_S = 60;
/** Who has our key set in a file may take long to get a new one. */
const KEY_DAYS = 365;

const ENDED = new PreparedStatement<{ id: string; generation: number | null }>(
  'auth.revoked',
  `SELECT id, NULL::int AS generation FROM sessions WHERE revoked_at > now() - $1::float8 * interval '1 second'
   UNION ALL
   SELECT id, token_generation FROM users WHERE generation_changed_at > now() - $1::float8 * interval '1 second'`,
);

/**
 * The sessions, generations of tokens and keys that ended while access tokens of theirs may still be about, kept in
 * memory: a guard asks no store. What ended here counts at once. The other instances are told by Redis; without it they
 * find it in PostgreSQL within two seconds.
 */
@Injectable()
export class Revocations implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Revocations.name);
  private readonly ended = new EndedTokens();
  private readonly feed?: RevocationFeed;
  private timer?: NodeJS.Timeout;
  private looking?: Promise<void>;
  private complete = false;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
    @Optional() @Inject(REDIS) redis?: RedisConnection,
    @Optional() pubSub?: PubSub,
  ) {
    if (!redis || !pubSub) return;
    this.feed = new RevocationFeed(redis, pubSub, this.ended, (names) => this.putBack(names));
  }

  async onApplicationBootstrap(): Promise<void> {
    await Promise.all([this.lookAtDatabase(), this.feed?.start()]);
    this.timer = setInterval(() => {
      this.looking ??= this.lookAtDatabase().finally(() => (this.looking = undefined));
    }, POLL_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all([this.looking, this.feed?.stop()]);
  }

  /** Whether a token's session, generation or key has ended. */
  concern(token: VerifiedToken): boolean {
    return this.ended.concern(token);
  }

  endSessions(sessionIds: readonly string[]): void {
    this.end(sessionIds.map((sessionId) => ({ kind: 'session', sessionId })));
  }

  /** @param first the first generation that is good */
  endGeneration(userId: string, first: number): void {
    this.end([{ kind: 'generation', userId, first }]);
  }

  endKeys(kids: readonly string[]): void {
    this.end(kids.map((kid) => ({ kind: 'key', kid })));
  }

  /** What is no news here was told before. */
  private end(ended: readonly Ended[]): void {
    const news = ended.map((each) => this.endingOf(each)).filter((ending) => this.ended.add(ending));
    if (news.length > 0) void this.feed?.tell(news);
  }

  private endingOf(ended: Ended): Ending {
    const seconds = ended.kind === 'key' ? KEY_DAYS * 86_400 : this.options.accessTokenTtl + CLOCK_SKEW_S;
    return { ended, leftMs: seconds * 1_000 };
  }

  /** Redis may have been away, or emptied: it gets what it does not know. */
  private putBack(names: ReadonlySet<string>): void {
    const missing = this.ended.all().filter(({ ended }) => !names.has(nameOf(ended)));
    if (missing.length > 0) void this.feed?.tell(missing);
  }

  private async lookAtDatabase(): Promise<void> {
    try {
      const reach = this.complete ? OVERLAP_S : this.options.accessTokenTtl + CLOCK_SKEW_S;
      const rows = await ENDED.run(this.dataSource, [reach]);
      this.end(
        rows.map(({ id, generation }) =>
          generation === null
            ? { kind: 'session', sessionId: id }
            : { kind: 'generation', userId: id, first: generation },
        ),
      );
      this.complete = true;
    } catch (error) {
      // What was missed meanwhile is read in full once the database is back.
      this.complete = false;
      this.logger.debug({ event: 'auth.revocations.not-read', message: String(error) });
    }
    this.ended.forgetExpired();
  }
}
