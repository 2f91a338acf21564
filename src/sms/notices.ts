import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { PhoneVault, type StoredPhone } from '../common/phone-vault';
import { currentRequestId } from '../common/request-context';
import { currentTraceParent } from '../common/tracing';
import { PreparedStatement } from '../database/prepared-statement';
import { SmsBudget } from './budget';
import { SmsDispatcher } from './dispatcher';
import type { MessageContent, MessageSource } from './message-source.interface';
import { MessageSources } from './message-sources';
import { type NewMessage, Outbox } from './outbox';
import { Router } from './router';
import type { Locale } from './sms-provider.interface';

/** Tells the owner of a number of something that has happened. */
export interface Notice {
  /** Begins with `notice_`: names the text, or the template. */
  readonly purpose: `notice_${string}`;
  /** Id of the user. What is kept of the notice goes with what is kept of the user. */
  readonly about: string;
  readonly phone: StoredPhone;
  readonly locale: Locale;
}

/** Why a notice is not sent. */
export type Unsent = 'no-template' | 'too-many';

export const NOTICE_SOURCE = 'notice';
/** Seconds: a notice may wait for a gateway. */
const SEND_WITHIN = 3_600;
/** Notices that a number gets in 24 hours; whatever else it gets is not counted, so that nobody can use them up. */
const MOST_A_DAY = 10;

const LATELY = new PreparedStatement<{ sent: number }>(
  'sms.notices-lately',
  `SELECT count(*)::int AS sent FROM sms_messages
   WHERE phone_index = $1 AND created_at > now() - interval '24 hours' AND source = '${NOTICE_SOURCE}'`,
);

/** Messages that nobody asked for and nobody waits for. They say the same to everybody, so no row holds a text. */
@Injectable()
export class SmsNotices implements MessageSource, OnModuleInit {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
    private readonly sources: MessageSources,
    private readonly dispatcher: SmsDispatcher,
    private readonly budget: SmsBudget,
    private readonly router: Router,
    private readonly vault: PhoneVault,
  ) {}

  onModuleInit(): void {
    this.sources.register(NOTICE_SOURCE, this);
  }

  /**
   * Puts a notice into the outbox, also while no gateway can be called.
   * @returns why it is not sent, if it is not
   * @throws {Problem} SMS_BUDGET_EXHAUSTED
   */
  async send({ purpose, about, phone, locale }: Notice): Promise<Unsent | undefined> {
    if (!this.router.hasWordsFor({ channel: 'sms', purpose, locale })) return 'no-template';
    const [{ sent }] = await LATELY.run(this.dataSource, [phone.index]);
    if (sent >= MOST_A_DAY) return 'too-many';
    const at = await this.budget.reserve();
    const message: NewMessage = {
      id: uuidv7(),
      source: NOTICE_SOURCE,
      reference: about,
      purpose,
      channel: 'sms',
      locale,
      phone,
      content: null,
      sendWithin: SEND_WITHIN,
      dailyLimit: 0,
      segment: this.vault.segmentIndex(this.vault.read(phone.ciphertext)),
      admission: { at },
      requestId: currentRequestId(),
      traceParent: currentTraceParent(),
    };
    try {
      await this.outbox.insert(message);
    } catch (error) {
      await this.budget.refund(at).catch(() => undefined);
      throw error;
    }
    this.dispatcher.wake(message);
    return undefined;
  }

  contentOf(): Promise<MessageContent> {
    return Promise.resolve({ values: {} });
  }

  /** Nothing was counted but the budget, which is the outbox's own. */
  async refused(): Promise<void> {}
}
