import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type FindOptionsWhere, IsNull, MoreThanOrEqual, Not, Repository } from 'typeorm';
import { canonicalPhone } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import type { InboxMessageDto, InboxQueryDto } from './dto/inbox-message.dto';
import { MessageSources } from './message-sources';
import { SmsMessage } from './message.entity';
import type { SmsModuleOptions } from './sms.options';
import { renderText } from './sms-texts';
import { SMS_OPTIONS } from './sms.tokens';

/** Messages shown at the most. */
const MOST_SHOWN = 500;
const LOOK_AGAIN_MS = 100;

/** Reads what the inbox provider took. The outbox row is the message: a code in it is derived anew to be shown. */
@Injectable()
export class InboxService {
  constructor(
    @InjectRepository(SmsMessage) private readonly messages: Repository<SmsMessage>,
    private readonly sources: MessageSources,
    private readonly vault: PhoneVault,
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
  ) {}

  /** Newest first. */
  async list(query: InboxQueryDto, most = MOST_SHOWN): Promise<InboxMessageDto[]> {
    const where = this.filter(query);
    if (!where) return [];
    const rows = await this.messages.find({ where, order: { createdAt: 'DESC' }, take: most });
    return Promise.all(rows.map((row) => this.show(row)));
  }

  /** The newest one that fits, waiting for it if need be. */
  async latest(query: InboxQueryDto, waitMs: number): Promise<InboxMessageDto | undefined> {
    const until = Date.now() + waitMs;
    for (;;) {
      const [newest] = await this.list(query, 1);
      if (newest || Date.now() >= until) return newest;
      await sleep(LOOK_AGAIN_MS);
    }
  }

  /** Empties the inbox; the outbox keeps its rows, and limits that count them keep counting. */
  async clear(): Promise<void> {
    await this.messages.update({ provider: 'inbox' }, { providerMessageId: null });
  }

  private filter({ to, purpose, after }: InboxQueryDto): FindOptionsWhere<SmsMessage> | undefined {
    const where: FindOptionsWhere<SmsMessage> = { provider: 'inbox', providerMessageId: Not(IsNull()) };
    if (purpose) where.purpose = purpose;
    // Shown to the millisecond, and kept to the microsecond: the one whose time was given is not after it.
    if (after) where.createdAt = MoreThanOrEqual(new Date(Date.parse(after) + 1));
    if (to) {
      const canonical = canonicalPhone(to, this.options.countries);
      if ('fault' in canonical) return undefined;
      where.phoneIndex = this.vault.index(canonical.phone);
    }
    return where;
  }

  private async show(row: SmsMessage): Promise<InboxMessageDto> {
    const content = await this.sources.of(row).contentOf({
      ...row,
      at: row.createdAt,
      phone: { index: row.phoneIndex, ciphertext: row.phoneCiphertext },
    });
    const values: Readonly<Record<string, string>> = typeof content === 'string' ? {} : content.values;
    const text = renderText({ ...row, values }, this.options.texts);
    return {
      id: row.id,
      to: this.vault.read(row.phoneCiphertext),
      code: values.code ?? null,
      purpose: row.purpose,
      provider: 'inbox',
      rendered: text === undefined ? listed(values) : `【Gatecode】${text}`,
      createdAt: row.createdAt.toISOString(),
      status: row.state,
    };
  }
}

/** A message that no text fits is told by its values. */
function listed(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}
