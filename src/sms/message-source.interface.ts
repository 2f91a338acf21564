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
  /** It was found in the outbox, and not handed over by the request that wrote it: is it still wanted? */
  readonly isFound?: boolean;
}

/**
 * Template values by name; or `withhold`: the message is never sent, and nobody who asks can tell; or `test`: it goes to
 * a test number, counts as accepted, and no gateway is called; or `drop`: it belongs to nobody any more.
 */
export type MessageContent =
  { readonly values: Readonly<Record<string, string>> } | 'withhold' | 'test' | 'drop';

/** What a source adds to the story of a message, for operators. */
export interface HistoryEntry {
  readonly at: Date;
  /** E.g. `check.mismatch`, `verified`. */
  readonly what: string;
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

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
  /**
   * The message was not delivered, though a gateway had taken it.
   * @returns how to send it once more through another one; nothing when nobody waits for it any more
   */
  stillWanted?(message: MessageRef): Promise<{ sendWithin: number; dailyLimit: number } | undefined>;
  /** What happened to the matter of a message beside its sending. */
  historyOf?(message: MessageRef): Promise<HistoryEntry[]>;
}
