import {
  Inject,
  Injectable,
  Logger,
  Optional,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { PubSub } from '../redis/pub-sub';
import { Delivery } from './delivery';
import { DeliveryReport } from './delivery-report';
import { type NewMessage, Outbox } from './outbox';
import type { ClaimedMessage } from './outbox-statements';
import { SMS_PROVIDERS, type SmsProvider } from './sms-provider.interface';
import type { SmsModuleOptions } from './sms.options';
import { inDispatchSpan } from './sms-spans';
import { SMS_OPTIONS } from './sms.tokens';

const CHANNEL = 'sms:wake';
/** However many messages wait, the others are called this often at the most, milliseconds. */
const CALL_EVERY_MS = 50;

/** Takes messages from the outbox to the gateways. Every instance has one; together they send each message once. */
@Injectable()
export class SmsDispatcher
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly logger = new Logger(SmsDispatcher.name);
  private readonly inFlight = new Set<Promise<void>>();
  private readonly mostInFlight: number;
  private readonly stopping = new AbortController();
  private claims?: Promise<void>;
  /** Inserted here a moment ago, so that they need not be searched for. */
  private fresh: NewMessage[] = [];
  /** Whether the outbox may hold due messages that are not among the fresh ones. */
  private searchWanted = false;
  private poll?: NodeJS.Timeout;
  private lastCall = 0;

  constructor(
    private readonly outbox: Outbox,
    private readonly delivery: Delivery,
    private readonly reports: DeliveryReport,
    @Inject(SMS_PROVIDERS) private readonly providers: readonly SmsProvider[],
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
    @Optional() private readonly pubSub?: PubSub,
  ) {
    this.mostInFlight = options.inFlight ?? 200;
  }

  onApplicationBootstrap(): void {
    if (this.options.dispatch === false) return;
    this.poll = setInterval(() => void this.lookThrough(), this.options.pollMs ?? 1_000);
    this.poll.unref();
    this.pubSub?.subscribe(CHANNEL, () => this.search());
    void this.lookThrough();
  }

  /**
   * Calls under way are finished; what is still queued stays in the outbox for another instance. It has to be now:
   * global modules, and so the data source, end before all others.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.poll);
    await this.claims;
    await Promise.allSettled(this.inFlight);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled(this.providers.map(async (provider) => provider.close?.()));
  }

  /** A message was committed to the outbox: take it now instead of at the next poll. */
  wake(message: NewMessage): void {
    if (this.options.dispatch === false) return this.callOthers();
    if (this.isFull()) {
      this.searchWanted = true;
      this.callOthers();
    } else this.fresh.push(message);
    void this.claimDue();
  }

  /** Looks through the whole outbox now instead of at the next poll. */
  async search(): Promise<void> {
    this.searchWanted = true;
    await this.claimDue();
  }

  /** This instance can't send it now: another may. */
  private callOthers(): void {
    if (Date.now() - this.lastCall < CALL_EVERY_MS) return;
    this.lastCall = Date.now();
    this.pubSub?.publish(CHANNEL, '');
  }

  /** The fallback of every wake-up, and where messages of dead instances and overdue ones are noticed. */
  private async lookThrough(): Promise<void> {
    try {
      const lost = await this.outbox.loseAbandoned();
      if (lost > 0)
        this.logger.warn({ event: 'sms.lost', message: 'messages of a dead instance are unknown', lost });
      for (const message of await this.outbox.expireStale()) {
        await this.delivery.giveBack(message);
        this.reports.failed(message, 'expired');
      }
    } catch (error) {
      this.logger.warn({ event: 'sms.poll.failed', message: String(error) });
    }
    await this.search();
  }

  private claimDue(): Promise<void> {
    this.claims ??= this.claimWhileDue().finally(() => (this.claims = undefined));
    return this.claims;
  }

  private async claimWhileDue(): Promise<void> {
    try {
      while (!this.isFull() && (this.fresh.length > 0 || this.searchWanted)) {
        if (this.fresh.length > 0) await this.claimFresh();
        else await this.claimFound();
      }
    } catch (error) {
      this.logger.warn({ event: 'sms.claim.failed', message: String(error) });
    }
  }

  private async claimFresh(): Promise<void> {
    const taken = this.fresh.splice(0, this.mostInFlight - this.inFlight.size);
    for (const message of await this.outbox.claimFresh(taken)) this.start(message);
    // No room for the rest now: they are found when there is.
    if (!this.isFull()) return;
    this.searchWanted ||= this.fresh.length > 0;
    this.fresh = [];
  }

  private async claimFound(): Promise<void> {
    const free = this.mostInFlight - this.inFlight.size;
    const claimed = await this.outbox.claim(free);
    this.searchWanted = claimed.length === free;
    for (const message of claimed) this.start(message);
  }

  private isFull(): boolean {
    return this.isStopping || this.inFlight.size >= this.mostInFlight;
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private start(message: ClaimedMessage): void {
    const deliver = () => this.delivery.deliver(message, this.stopping.signal);
    const work = inDispatchSpan(message, deliver)
      .catch((error: unknown) => {
        // The row stays `calling`; when its lease ends it becomes unknown, which is what it is.
        this.logger.error({ event: 'sms.dispatch.failed', messageId: message.id, message: String(error) });
      })
      .finally(() => {
        this.inFlight.delete(work);
        if (this.searchWanted) void this.claimDue();
      });
    this.inFlight.add(work);
  }
}
