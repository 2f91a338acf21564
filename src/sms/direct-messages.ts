import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { MessageContent, MessageRef, MessageSource } from './message-source.interface';
import { SmsMessage } from './message.entity';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

/** The source of messages that a host handed in ready: their values wait in the row, sealed. */
@Injectable()
export class DirectMessages implements MessageSource {
  static readonly SOURCE = 'direct';

  constructor(
    @InjectRepository(SmsMessage) private readonly messages: Repository<SmsMessage>,
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
  ) {}

  seal(messageId: string, values: Readonly<Record<string, string>>): Buffer {
    return this.options.secrets.seal('phone-encryption', JSON.stringify(values), `message:${messageId}`);
  }

  async contentOf({ id }: MessageRef): Promise<MessageContent> {
    const { contentCiphertext } = await this.messages.findOneByOrFail({ id });
    if (!contentCiphertext) return 'withhold';
    const values = this.options.secrets.open('phone-encryption', contentCiphertext, `message:${id}`);
    return { values: JSON.parse(values.toString('utf8')) as Record<string, string> };
  }

  /** A host counts its own quota. */
  async refused(): Promise<void> {}
}
