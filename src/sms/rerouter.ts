import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { Events } from '../common/events';
import { countryOf } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import { SmsBudget } from './budget';
import { SmsDispatcher } from './dispatcher';
import { MessageSources } from './message-sources';
import { SmsMessage } from './message.entity';
import { type NewMessage, Outbox } from './outbox';
import type { MovedMessage } from './receipt-statements';
import { ReceiptsService } from './receipts.service';
import { Router } from './router';

/**
 * Sends once more, through another gateway, what a gateway took and did not deliver: at once, while its reader still
 * waits. At most one such message for each that somebody asked for, and within the budget.
 */
@Injectable()
export class Rerouter implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(Rerouter.name);
  private end?: () => void;

  constructor(
    private readonly receipts: ReceiptsService,
    private readonly sources: MessageSources,
    private readonly router: Router,
    private readonly budget: SmsBudget,
    private readonly outbox: Outbox,
    private readonly dispatcher: SmsDispatcher,
    private readonly events: Events,
    private readonly vault: PhoneVault,
    @InjectRepository(SmsMessage) private readonly messages: Repository<SmsMessage>,
  ) {}

  onModuleInit(): void {
    this.end = this.receipts.onUndelivered((moved) => this.reroute(moved));
  }

  onModuleDestroy(): void {
    this.end?.();
  }

  private async reroute({ id }: MovedMessage): Promise<void> {
    const message = await this.messages.findOneBy({ id });
    if (!message?.reference || message.reroutedFrom || (await this.isOvertaken(message))) return;
    const phone = { index: message.phoneIndex, ciphertext: message.phoneCiphertext };
    const wanted = await this.sources.of(message).stillWanted?.({ ...message, phone });
    if (!wanted) return;
    const avoid = [...(message.avoid ?? []), message.provider!];
    if (!(await this.hasAnother(message, avoid))) return;
    await this.send(message, { ...wanted, phone, avoid });
  }

  private async send(
    message: SmsMessage,
    more: Pick<NewMessage, 'sendWithin' | 'dailyLimit' | 'phone' | 'avoid'>,
  ): Promise<void> {
    const at = await this.budget.reserve();
    const again: NewMessage = {
      id: uuidv7(),
      source: message.source,
      reference: message.reference,
      purpose: message.purpose,
      channel: message.channel,
      locale: message.locale,
      content: null,
      segment: message.segmentIndex!,
      admission: { at },
      requestId: message.requestId ?? undefined,
      reroutedFrom: message.id,
      ...more,
    };
    if (!(await this.outbox.insert(again))) return this.budget.refund(at);
    this.dispatcher.wake(again);
    const from = message.provider!;
    this.logger.log({ event: 'sms.rerouted', messageId: message.id, newMessageId: again.id, from });
    this.events.emit('sms.rerouted', {
      messageId: message.id,
      reference: message.reference,
      purpose: message.purpose,
      channel: message.channel,
      country: countryOf(this.vault.read(message.phoneCiphertext)),
      from,
      newMessageId: again.id,
    });
  }

  /** Its reader asked again meanwhile, and has that message. */
  private async isOvertaken({ id, reference }: SmsMessage): Promise<boolean> {
    const newest = await this.messages.findOne({
      where: { reference: reference! },
      order: { createdAt: 'DESC' },
    });
    return newest?.id !== id;
  }

  private async hasAnother(
    { channel, purpose, locale, segmentIndex }: SmsMessage,
    avoid: string[],
  ): Promise<boolean> {
    const route = await this.router.route({ channel, purpose, locale, avoid, segment_index: segmentIndex });
    return route.length > 0 && !avoid.includes(route[0].provider);
  }
}
