import {
  Injectable,
  Logger,
  Optional,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { PubSub } from '../redis/pub-sub';
import { SmsProviderSetting } from './provider-setting.entity';

const CHANNEL = 'sms:provider-settings';
/** How long an instance that missed the word goes on as before, milliseconds. */
const READ_EVERY_MS = 5_000;

export type ProviderChange = Partial<Pick<SmsProviderSetting, 'drained' | 'weight' | 'position'>>;

/** What operators changed about the gateways: kept in PostgreSQL, known to every instance at once. */
@Injectable()
export class ProviderSettings implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ProviderSettings.name);
  private settings = new Map<string, SmsProviderSetting>();
  private timer?: NodeJS.Timeout;

  constructor(
    @InjectRepository(SmsProviderSetting) private readonly repository: Repository<SmsProviderSetting>,
    @Optional() private readonly pubSub?: PubSub,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.pubSub?.subscribe(CHANNEL, () => this.read());
    this.timer = setInterval(() => void this.read(), READ_EVERY_MS).unref();
    await this.read();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  of(provider: string): SmsProviderSetting | undefined {
    return this.settings.get(provider);
  }

  /** Takes effect here at once, and elsewhere as soon as the word is heard. */
  change(provider: string, change: ProviderChange): Promise<void> {
    return this.changeAll(new Map([[provider, change]]));
  }

  /**
   * As {@link change}, for several gateways.
   * @param beside is written in the same transaction
   */
  async changeAll(
    changes: ReadonlyMap<string, ProviderChange>,
    beside?: (manager: EntityManager) => Promise<void>,
  ): Promise<void> {
    await this.repository.manager.transaction(async (manager) => {
      for (const [provider, change] of changes) {
        // Columns that are not named keep their values: two operators may change two things at a time.
        const row = { provider, ...change, changedAt: new Date() };
        await manager.upsert(SmsProviderSetting, row, ['provider']);
      }
      await beside?.(manager);
    });
    await this.read();
    this.pubSub?.publish(CHANNEL, [...changes.keys()].join());
  }

  private async read(): Promise<void> {
    try {
      this.settings = new Map((await this.repository.find()).map((setting) => [setting.provider, setting]));
    } catch (error) {
      // Before the migrations, or without a database, the configuration stands.
      this.logger.debug({ event: 'sms.provider-settings.unread', message: String(error) });
    }
  }
}
