import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ReceiptReport } from './receipt-report';
import { ReceiptsService } from './receipts.service';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';
import { UnknownSettler } from './unknown-settler';

const SETTLE_EVERY_MS = 5_000;
const PURGE_EVERY_MS = 3_600_000;
/** Receipts of messages that nobody here has sent, days. */
const KEEP_UNMATCHED = 7;

/** What receipts need from time to time: those that wait, those that never came, and those that nobody wants. */
@Injectable()
export class ReceiptRounds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('SmsReceipts');
  private timer?: NodeJS.Timeout;
  private round?: Promise<void>;
  private settledAt = -Infinity;
  private purgedAt = Date.now();

  constructor(
    private readonly receipts: ReceiptsService,
    private readonly settler: UnknownSettler,
    private readonly report: ReceiptReport,
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.round ??= this.go().finally(() => (this.round = undefined));
    }, this.options.pollMs ?? 1_000);
    this.timer.unref();
  }

  /** Now, while there still is a database. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.round;
    await this.receipts.idle();
    await this.report.idle();
  }

  private async go(): Promise<void> {
    const now = Date.now();
    try {
      await this.receipts.applyWaiting(now);
      if (this.options.dispatch !== false && now - this.settledAt >= SETTLE_EVERY_MS) {
        this.settledAt = now;
        await this.settler.settle(now);
      }
      if (now - this.purgedAt >= PURGE_EVERY_MS) {
        this.purgedAt = now;
        await this.receipts.purge(KEEP_UNMATCHED);
      }
    } catch (error) {
      this.logger.warn({ event: 'sms.receipts.round.failed', message: String(error) });
    }
  }
}
