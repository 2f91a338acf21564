import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import { AuditService } from '../audit/audit.service';
import { pageOf } from '../common/page';
import { canonicalPhone, maskPhone } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import { invalidMember } from '../common/problem';
import {
  type ListedMessage,
  type ListRow,
  MESSAGES_OF_NUMBER,
  NEWEST_MESSAGES,
} from './admin-message-statements';
import { SmsAttempt } from './attempt.entity';
import type { AdminMessageDto, MessagesQueryDto } from './dto/admin-message.dto';
import type { HistoryEntry } from './message-source.interface';
import { MessageSources } from './message-sources';
import { SmsMessage } from './message.entity';
import { SmsReceipt } from './receipt.entity';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';
import { type TimelineEntry, timelineOf } from './timeline';

/** Rows looked at for one page of a filtered list, so that a rare state does not read the whole table. */
const MOST_LOOKED_AT = 20_000;
/** Of receipts, and of other lists about one message. */
const MOST_OF_ONE = 100;

/** Messages as operators may see them: no code, no text, no whole number. */
@Injectable()
export class AdminMessages {
  private readonly logger = new Logger(AdminMessages.name);

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @InjectRepository(SmsMessage) private readonly messages: Repository<SmsMessage>,
    @InjectRepository(SmsAttempt) private readonly attempts: Repository<SmsAttempt>,
    @InjectRepository(SmsReceipt) private readonly receipts: Repository<SmsReceipt>,
    private readonly sources: MessageSources,
    private readonly vault: PhoneVault,
    private readonly audit: AuditService,
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
  ) {}

  /**
   * Newest first. Who asks by number is written down.
   * @throws {Problem} VALIDATION_FAILED when the number is none
   */
  async list(
    { phone, state, provider, cursor }: MessagesQueryDto,
    limit: number,
    actor: string,
  ): Promise<{ items: AdminMessageDto[]; nextCursor: string | null }> {
    const most = state || provider ? MOST_LOOKED_AT : limit + 1;
    const values = [cursor ?? null, most, state ?? null, provider ?? null, limit + 1];
    const rows =
      phone === undefined
        ? await NEWEST_MESSAGES.run(this.dataSource, values)
        : await MESSAGES_OF_NUMBER.run(this.dataSource, [...values, await this.indexOf(phone, actor)]);
    const found = rows.filter((row): row is ListRow & ListedMessage => row.id !== null);
    const { rows: shown, nextCursor } = pageOf(found, limit);
    const [{ looked, oldest }] = rows;
    return {
      items: shown.map((row) => this.view(row)),
      nextCursor: nextCursor ?? (looked === most ? oldest : null),
    };
  }

  /** @returns undefined when there is no such message */
  async timeline(id: string): Promise<(AdminMessageDto & { timeline: TimelineEntry[] }) | undefined> {
    const message = await this.messages.findOneBy({ id });
    if (!message) return undefined;
    const [attempts, receipts, history, successors] = await Promise.all([
      this.attempts.find({ where: { messageId: id }, order: { number: 'ASC' }, take: MOST_OF_ONE }),
      this.receipts.find({ where: { messageId: id }, order: { id: 'ASC' }, take: MOST_OF_ONE }),
      this.historyOf(message),
      // By number first: that is what there is an index for.
      this.messages.findBy({ phoneIndex: message.phoneIndex, reroutedFrom: id }),
    ]);
    const costs = attempts.map(({ cost }) => cost).filter((cost) => cost !== null);
    return {
      ...this.view({
        ...message,
        phone_ciphertext: message.phoneCiphertext,
        created_at: message.createdAt,
        settled_at: message.settledAt,
        approved_at: message.approvedAt,
        attempts: attempts.length,
        cost: costs.length > 0 ? costs.reduce((sum, cost) => sum + cost) : null,
      }),
      timeline: timelineOf({ message, attempts, receipts, history, successors }),
    };
  }

  private async indexOf(spelling: string, actor: string): Promise<Buffer> {
    const canonical = canonicalPhone(spelling, this.options.countries);
    if ('fault' in canonical) throw invalidMember('#/phone', canonical.fault);
    await this.audit.record({ actor, action: 'messages.read', subject: maskPhone(canonical.phone) });
    return this.vault.index(canonical.phone);
  }

  /** Nothing when the source is on other instances only, or its store is gone: the rest of the story is told then. */
  private async historyOf(message: SmsMessage): Promise<HistoryEntry[]> {
    try {
      const phone = { index: message.phoneIndex, ciphertext: message.phoneCiphertext };
      return (await this.sources.of(message).historyOf?.({ ...message, phone })) ?? [];
    } catch (error) {
      this.logger.warn({ event: 'sms.history.unread', messageId: message.id, message: String(error) });
      return [];
    }
  }

  private view(row: ListedMessage): AdminMessageDto {
    return {
      id: row.id,
      phone: maskPhone(this.vault.read(row.phone_ciphertext)),
      purpose: row.purpose,
      channel: row.channel,
      state: row.state,
      provider: row.provider,
      createdAt: row.created_at.toISOString(),
      settledAt: row.settled_at?.toISOString() ?? null,
      approvedAt: row.approved_at?.toISOString() ?? null,
      attempts: row.attempts,
      cost: row.cost,
    };
  }
}
