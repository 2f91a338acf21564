import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { PhoneVault } from '../common/phone-vault';
import { UNKNOWN, type UnknownMessage } from './receipt-statements';
import { ReceiptsService } from './receipts.service';
import { SMS_PROVIDERS, type SmsProvider } from './sms-provider.interface';

/** Pauses before a message is asked after, seconds: the first counts from the end of its call. */
const PAUSES = [5, 15, 60, 180];
/** Whoever waits for a code has given up by then, seconds. */
const YOUNGER_THAN = 600;
const MOST_AT_ONCE = 20;

/**
 * Asks gateways after messages whose outcome nobody knows. What was asked is remembered by this process only: several
 * instances may ask after the same message, each four times at the most. Asking costs nothing, and a report that comes
 * twice changes nothing.
 */
@Injectable()
export class UnknownSettler {
  private readonly logger = new Logger(UnknownSettler.name);
  /** By message: how often it was asked after, and from when on it may be again, milliseconds. */
  private readonly asked = new Map<string, { times: number; after: number }>();
  private round?: Promise<void>;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: PhoneVault,
    private readonly receipts: ReceiptsService,
    @Inject(SMS_PROVIDERS) private readonly providers: readonly SmsProvider[],
  ) {}

  /** Asks after what is due, 20 messages at the most. A round that is under way is shared. */
  settle(now = Date.now()): Promise<void> {
    this.round ??= this.askAll(now).finally(() => (this.round = undefined));
    return this.round;
  }

  private async askAll(now: number): Promise<void> {
    const names = this.providers
      .filter((provider) => typeof provider.query === 'function')
      .map(({ name }) => name);
    if (names.length === 0) return;
    this.forget(now);
    const resting = [...this.asked].filter(([, { after }]) => after > now).map(([id]) => id);
    const rows = await UNKNOWN.run(this.dataSource, [YOUNGER_THAN, PAUSES[0], names, resting, MOST_AT_ONCE]);
    await Promise.all(rows.map((row) => this.ask(row, now)));
  }

  private async ask(row: UnknownMessage, now: number): Promise<void> {
    const times = (this.asked.get(row.id)?.times ?? 0) + 1;
    this.asked.set(row.id, { times, after: now + (PAUSES[times] ?? YOUNGER_THAN) * 1_000 });
    const provider = this.providers.find(({ name }) => name === row.provider)!;
    try {
      const receipt = await provider.query!({
        id: row.id,
        phone: this.vault.read(row.phone_ciphertext),
        providerMessageId: row.provider_message_id ?? undefined,
        sentAt: row.started_at,
      });
      // It was this message that was asked after, whatever the gateway calls it.
      if (receipt) await this.receipts.take([{ ...receipt, provider: row.provider, messageId: row.id }]);
    } catch (error) {
      this.logger.warn({
        event: 'sms.query.failed',
        provider: row.provider,
        messageId: row.id,
        message: String(error),
      });
    }
  }

  /** Messages that are too old to be found again. */
  private forget(now: number): void {
    for (const [id, { after }] of this.asked) if (after + YOUNGER_THAN * 1_000 < now) this.asked.delete(id);
  }
}
