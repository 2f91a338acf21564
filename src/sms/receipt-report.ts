import { Injectable, Logger } from '@nestjs/common';
import { Events } from '../common/events';
import { countryOf } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import type { Match } from './receipt-match';
import type { MovedMessage, ReceiptRow } from './receipt-statements';

/** Is told of a message that was not delivered, once, on the instance that took the receipt. */
export type UndeliveredListener = (message: MovedMessage) => Promise<void>;

const AT_ONCE = 20;

/** Tells the log, listeners and whoever sends once more what receipts said. */
@Injectable()
export class ReceiptReport {
  private readonly logger = new Logger('SmsReceipts');
  private readonly listeners = new Set<UndeliveredListener>();
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly events: Events,
    private readonly vault: PhoneVault,
  ) {}

  onUndelivered(listener: UndeliveredListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Nobody waits for listeners: a gateway wants its answer, and repeats what it was not answered. */
  moved(messages: readonly MovedMessage[]): void {
    for (const message of messages) this.emit(message);
    const undelivered = messages.filter(({ state }) => state === 'undelivered');
    if (undelivered.length === 0 || this.listeners.size === 0) return;
    const work = this.tellAll(undelivered).finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  /** Resolves once every listener that was told is through. */
  async idle(): Promise<void> {
    await Promise.all(this.underWay);
  }

  /** What an operator has to see; the rest is routine. */
  matched(rows: readonly ReceiptRow[], matches: readonly Match[]): void {
    rows.forEach(({ provider, provider_message_id: providerMessageId }, index) => {
      const match = matches[index];
      if (!('waits' in match)) return;
      const line = { event: `sms.receipt.${match.waits}`, provider, providerMessageId };
      if (match.waits === 'elsewhere' || match.waits === 'ambiguous') this.logger.warn(line);
      else this.logger.debug(line);
    });
    const strange = rows.filter(({ status }) => status === 'unknown');
    for (const text of new Set(strange.map((row) => `${row.provider} ${row.vendor_code}`))) {
      const [provider, ...vendorCode] = text.split(' ');
      this.logger.warn({ event: 'sms.receipt.unknown-status', provider, vendorCode: vendorCode.join(' ') });
    }
  }

  private emit(message: MovedMessage): void {
    const { id, reference, purpose, channel, provider, state, vendor_code: vendorCode } = message;
    this.events.emit('sms.receipt', {
      messageId: id,
      reference,
      purpose,
      channel,
      country: countryOf(this.vault.read(message.phone_ciphertext)),
      provider,
      status: state,
      vendorCode,
    });
  }

  private async tellAll(messages: readonly MovedMessage[]): Promise<void> {
    for (let from = 0; from < messages.length; from += AT_ONCE)
      await Promise.all(messages.slice(from, from + AT_ONCE).map((message) => this.tell(message)));
  }

  private async tell(message: MovedMessage): Promise<void> {
    for (const listener of this.listeners) {
      try {
        await listener(message);
      } catch (error) {
        this.logger.warn({
          event: 'sms.undelivered.failed',
          messageId: message.id,
          message: String(error),
        });
      }
    }
  }
}
