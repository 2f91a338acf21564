import type { Channel, Locale } from './sms-provider.interface';
import type { StoredPhone } from '../common/phone-vault';

/** A message as its source sees it. */
export interface MessageRef {
  readonly id: string;
  /** What the source knows the message by, e.g. the id of a verification. */
  readonly reference: string | null;
  readonly purpose: string;
  readonly channel: Channel;
  readonly locale: Locale;
  readonly phone: StoredPhone;
  /** What the message said at this time is wanted; default now. */
  readonly at?: Date;
}

/** Template values by name, or `withhold`: the message is never sent, and nobody who asks can tell. */
export type MessageContent = { readonly values: Readonly<Record<string, string>> } | 'withhold';

/**
 * Who knows what a message says. The outbox keeps no code and no text: it asks at the moment of sending,
 * on whichever instance that is.
 */
export interface MessageSource {
  contentOf(message: MessageRef): Promise<MessageContent>;
  /**
   * The message will not be sent and cost nothing: its quota may be given back.
   * Not called for refusals that concern the number itself (classes L, C, K).
   */
  refused(message: MessageRef): Promise<void>;
}
