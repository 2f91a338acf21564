import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { Events } from '../../common/events';
import { Avatars } from '../../users/avatars';
import { NumberErasure } from '../../verification/number-erasure';
import type {} from '../auth-events';
import { DUE, type DueAccount, ERASE_ACCOUNT } from './deletion-statements';
import { SecurityAudit } from './security-audit';

const LOOK_EVERY_MS = 60_000;

/** Erases deleted accounts for good once they have been held for long enough. Every instance does; each takes its own. */
@Injectable()
export class Erasures implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Erasures.name);
  private timer?: NodeJS.Timeout;
  private isStopping = false;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly numbers: NumberErasure,
    private readonly avatars: Avatars,
    private readonly audit: SecurityAudit,
    private readonly events: Events,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.eraseDue(), LOOK_EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    this.isStopping = true;
    clearInterval(this.timer);
  }

  /** @returns how many accounts it erased */
  async eraseDue(): Promise<number> {
    const failed: string[] = [];
    let erased = 0;
    while (!this.isStopping) {
      const found: { due?: DueAccount } = {};
      try {
        await this.dataSource.transaction(async (manager) => {
          [found.due] = await DUE.run(manager, [failed]);
          if (found.due) await this.erase(found.due, manager);
        });
      } catch (error) {
        this.logger.warn({ event: 'auth.erasure.failed', userId: found.due?.id, message: String(error) });
        if (!found.due) return erased;
        // The others shall not wait for it.
        failed.push(found.due.id);
        continue;
      }
      if (!found.due) return erased;
      erased += 1;
      this.tell(found.due.id);
    }
    return erased;
  }

  /** To be told once it is committed. */
  async erase({ id, phoneIndex, deletedAt }: DueAccount, manager: EntityManager): Promise<void> {
    await this.numbers.erase(id, phoneIndex ?? undefined, deletedAt, manager);
    await this.avatars.forget(id, manager);
    await ERASE_ACCOUNT.run(manager, [id]);
    await this.audit.record({ actor: 'system', action: 'user.erased', subject: id }, manager);
  }

  tell(userId: string): void {
    this.logger.log({ event: 'auth.user.erased', userId });
    this.events.emit('user.erased', { userId });
  }
}
