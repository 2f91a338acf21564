import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { canonicalPhone } from '../common/phone';
import { PhoneVault, type StoredPhone } from '../common/phone-vault';
import { Problem } from '../common/problem';
import { DirectMessages } from './direct-messages';
import { SmsDispatcher } from './dispatcher';
import { MessageSources } from './message-sources';
import type { MessageSource } from './message-source.interface';
import { SmsMessage } from './message.entity';
import { type NewMessage, Outbox } from './outbox';
import type { Channel, Locale } from './sms-provider.interface';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

/** A message whose text another module knows. */
export interface EnqueueRequest {
  readonly id: string;
  /** Name under which the {@link MessageSource} was registered. */
  readonly source: string;
  readonly reference: string;
  readonly purpose: string;
  readonly channel: Channel;
  readonly locale: Locale;
  readonly phone: StoredPhone;
  readonly sendWithin: number;
  readonly dailyLimit: number;
}

/** A message as a host sends it. */
export interface SendRequest {
  /** Any spelling of a mobile number in an enabled country. */
  readonly to: string;
  /** Values for the template's variables, e.g. `{ code: '042931', minutes: '5' }`. */
  readonly values: Readonly<Record<string, string>>;
  /** For records and metrics. Default `direct`. */
  readonly purpose?: string;
  readonly channel?: Channel;
  readonly locale?: Locale;
  /** Seconds after which an unsent message is dropped. Default 240. */
  readonly sendWithin?: number;
}

/** Sends messages as a transaction: once a call returns, the message is in PostgreSQL and ends in one of three outcomes. */
@Injectable()
export class SmsService {
  constructor(
    private readonly outbox: Outbox,
    private readonly sources: MessageSources,
    private readonly dispatcher: SmsDispatcher,
    private readonly direct: DirectMessages,
    private readonly vault: PhoneVault,
    @InjectRepository(SmsMessage) private readonly messages: Repository<SmsMessage>,
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
  ) {
    sources.register(DirectMessages.SOURCE, direct);
  }

  /** Tells who knows what messages of this source say. To be called while the application starts. */
  registerSource(name: string, source: MessageSource): void {
    this.sources.register(name, source);
  }

  /**
   * Puts a message into the outbox and wakes the dispatcher; waits for the commit, never for a gateway.
   * @returns false when the phone has had its messages of the day
   */
  async enqueue(request: EnqueueRequest): Promise<boolean> {
    const message = { ...request, content: null };
    const written = await this.outbox.insert(message);
    if (written) this.dispatcher.wake(message);
    return written;
  }

  /**
   * Sends a text of the host's own. The values wait encrypted, and are wiped once the message is sent.
   * @returns the message's id, committed
   * @throws {Problem} VALIDATION_FAILED when the number is not a mobile number of an enabled country
   */
  async send(request: SendRequest): Promise<{ messageId: string }> {
    const canonical = canonicalPhone(request.to, this.options.countries);
    if ('fault' in canonical) {
      throw new Problem('VALIDATION_FAILED', { errors: [{ pointer: '#/to', code: canonical.fault }] });
    }
    const id = uuidv7();
    const message: NewMessage = {
      id,
      source: DirectMessages.SOURCE,
      reference: null,
      purpose: request.purpose ?? 'direct',
      channel: request.channel ?? 'sms',
      locale: request.locale ?? 'zh',
      phone: this.vault.store(canonical.phone),
      content: this.direct.seal(id, request.values),
      sendWithin: request.sendWithin ?? 240,
      dailyLimit: 0,
    };
    await this.outbox.insert(message);
    this.dispatcher.wake(message);
    return { messageId: id };
  }

  /** The newest message about `reference`, if there is one. */
  newestAbout(reference: string): Promise<SmsMessage | null> {
    return this.messages.findOne({ where: { reference }, order: { createdAt: 'DESC' } });
  }

  /** How many messages about `reference` may or may not have arrived. */
  countUnknownAbout(reference: string): Promise<number> {
    return this.messages.countBy({ reference, state: 'unknown' });
  }

  find(messageId: string): Promise<SmsMessage | null> {
    return this.messages.findOneBy({ id: messageId });
  }
}
