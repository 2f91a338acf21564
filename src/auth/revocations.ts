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

const POLL_MS = 1_000;
/** Transactions commit a little after the time they carry, so every look reaches back over the last ones. */
const OVERLAP_S = 10;

const REVOKED = new PreparedStatement<{ id: string }>(
  'auth.revoked',
  `SELECT id FROM sessions WHERE revoked_at > now() - $1::float8 * interval '1 second'`,
);

/**
 * The sessions that ended while access tokens of theirs may still be about, kept in memory: a guard asks no store.
 * Sessions ended here count at once; those ended on other instances within two seconds.
 */
@Injectable()
export class Revocations implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Revocations.name);
  /** Session id -> when its last access token has expired, ms. */
  private readonly ended = new Map<string, number>();
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

  has(sessionId: string): boolean {
    return this.ended.has(sessionId);
  }

  add(sessionId: string): void {
    this.ended.set(sessionId, Date.now() + this.options.accessTokenTtl * 1_000);
  }

  private async look(): Promise<void> {
    try {
      const reach = this.complete ? OVERLAP_S : this.options.accessTokenTtl;
      for (const { id } of await REVOKED.run(this.dataSource, [reach])) {
        if (!this.ended.has(id)) this.add(id);
      }
      this.complete = true;
    } catch (error) {
      // What was missed meanwhile is read in full once the database is back.
      this.complete = false;
      this.logger.debug({ event: 'auth.revocations.not-read', message: String(error) });
    }
    const now = Date.now();
    for (const [id, until] of this.ended) if (until < now) this.ended.delete(id);
  }
}
