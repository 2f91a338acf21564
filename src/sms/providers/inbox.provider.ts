import type { Channel, OutgoingMessage, Receipt, SmsOutcome, SmsProvider } from '../sms-provider.interface';
import { inboxFault, LOST_AND_DELIVERED } from './inbox-faults';
import { DEFAULT_TIMEOUT_MS } from './vendor-params';

/** Prefix of the ids of messages that lie in the inbox. */
export const INBOX_ID_PREFIX = 'inbox-';

/**
 * The gateway of development: takes everything and sends nothing, but for a few numbers that simulate faults.
 * It keeps no text either. What `/dev/messages` shows is read from the outbox, and codes are derived again.
 */
export class InboxSmsProvider implements SmsProvider {
  readonly name = 'inbox';
  readonly isSimulated = true;
  readonly channels: ReadonlySet<Channel> = new Set<Channel>(['sms', 'voice']);

  /** @param timeoutMs how long a number that never answers is waited for */
  constructor(private readonly timeoutMs = DEFAULT_TIMEOUT_MS) {}

  async send(message: OutgoingMessage): Promise<SmsOutcome> {
    const fault = await inboxFault(message.phone, this.timeoutMs);
    return (
      fault ?? {
        kind: 'accepted',
        vendorCode: 'ok',
        providerMessageId: `${INBOX_ID_PREFIX}${message.id}`,
        segments: 1,
      }
    );
  }

  query({ id, phone }: Parameters<NonNullable<SmsProvider['query']>>[0]): Promise<Receipt | undefined> {
    if (phone !== LOST_AND_DELIVERED) return Promise.resolve(undefined);
    return Promise.resolve({
      provider: this.name,
      messageId: id,
      phone,
      status: 'delivered',
      vendorCode: 'MAGIC_09',
    });
  }
}
