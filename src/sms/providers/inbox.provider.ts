import type { Channel, OutgoingMessage, SmsOutcome, SmsProvider } from '../sms-provider.interface';

/** Prefix of the ids of messages that lie in the inbox. */
export const INBOX_ID_PREFIX = 'inbox-';

/**
 * The gateway of development: takes everything and sends nothing.
 * It keeps no text either. What `/dev/messages` shows is read from the outbox, and codes are derived again.
 */
export class InboxSmsProvider implements SmsProvider {
  readonly name = 'inbox';
  readonly channels: ReadonlySet<Channel> = new Set<Channel>(['sms', 'voice']);

  send(message: OutgoingMessage): Promise<SmsOutcome> {
    return Promise.resolve({
      kind: 'accepted',
      vendorCode: 'ok',
      providerMessageId: `${INBOX_ID_PREFIX}${message.id}`,
      segments: 1,
    });
  }
}
