import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { canonicalPhone } from '../common/phone';
import { crashPoint } from '../common/crash-points';
import { PhoneVault, type StoredPhone } from '../common/phone-vault';
import { invalidMember, Problem } from '../common/problem';
import { currentRequestId } from '../common/request-context';
import { currentTraceParent } from '../common/tracing';
import { DirectMessages } from './direct-messages';
import { SmsDispatcher } from './dispatcher';
import { MessageSources } from './message-sources';
import type { MessageSource } from './message-source.interface';
import { SmsMessage } from './message.entity';
import { Approvals } from './approvals';
import type { BatchRequest, BatchResult } from './batch';
import { BatchesService } from './batches.service';
import type { CallNoticeRequest } from './call-notice';
import { CallNotices, type CallNoticeResult } from './call-notices';
import { SmsBudget } from './budget';
import { type MessageAdmission, type NewMessage, Outbox } from './outbox';
import { Router } from './router';
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
  /** Blind index of the number's segment. */
  readonly segment: Buffer;
  /** Gateways that earlier messages about the same matter went through. */
  readonly avoid?: readonly string[];
  /** The counts that the message was admitted on. */
  readonly admission?: MessageAdmission;
  readonly reroutedFrom?: string;
}

/** What earlier messages about one matter came to. */
export interface MessageHistory {
  /** How many may or may not have arrived. */
  readonly unknown: number;
  /** Gateways they went through, the latest last. */
  readonly providers: readonly string[];
  /** Of the latest. */
  readonly channel?: Channel;
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

/** Seconds. When a drained gateway is used again is up to a person, and nobody knows it before. */
const DRAINED_RETRY_AFTER = 60;

/** Sends messages as a transaction: once a call returns, the message is in PostgreSQL and ends in one of three outcomes. */
@Injectable()
export class SmsService {
  constructor(
    private readonly outbox: Outbox,
    private readonly sources: MessageSources,
    private readonly dispatcher: SmsDispatcher,
    private readonly direct: DirectMessages,
    private readonly vault: PhoneVault,
    private readonly budget: SmsBudget,
    private readonly router: Router,
    private readonly approvals: Approvals,
    private readonly batches: BatchesService,
    private readonly notices: CallNotices,
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
    const origin = { requestId: currentRequestId(), traceParent: currentTraceParent() };
    const message = { ...request, content: null, ...origin };
    const written = await this.outbox.insert(message);
    if (!written) return false;
    crashPoint('inserted');
    this.dispatcher.wake(message);
    return true;
  }

  /**
   * Sends a text of the host's own. The values wait encrypted, and are wiped once the message is sent.
   * @returns the message's id, committed
   * @throws {Problem} VALIDATION_FAILED when the number is not a mobile number of an enabled country,
   * SMS_BUDGET_EXHAUSTED, SMS_UNAVAILABLE when no gateway can be called now
   */
  async send(request: SendRequest): Promise<{ messageId: string }> {
    const canonical = canonicalPhone(request.to, this.options.countries);
    if ('fault' in canonical) throw invalidMember('#/to', canonical.fault);
    const channel = request.channel ?? 'sms';
    this.mustBeAvailable(channel);
    const at = await this.budget.reserve();
    const id = uuidv7();
    const message: NewMessage = {
      id,
      source: DirectMessages.SOURCE,
      reference: null,
      purpose: request.purpose ?? 'direct',
      channel,
      locale: request.locale ?? 'zh',
      phone: this.vault.store(canonical.phone),
      content: this.direct.seal(id, request.values),
      sendWithin: request.sendWithin ?? 240,
      dailyLimit: 0,
      segment: this.vault.segmentIndex(canonical.phone),
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
    return { messageId: id };
  }

  /**
   * Sends one text to many numbers at once, not through the outbox: the outcome is told, and kept nowhere.
   * @returns one result for each entry of `to`, in their order
   * @throws {Problem} VALIDATION_FAILED, SMS_BUDGET_EXHAUSTED
   */
  sendBatch(request: BatchRequest): Promise<BatchResult[]> {
    return this.batches.send(request);
  }

  /**
   * Has a gateway call a telephone and play a recording or read a text; the outcome is told, and kept nowhere.
   * @throws {Problem} SMS_BUDGET_EXHAUSTED
   */
  callNotice(request: CallNoticeRequest): Promise<CallNoticeResult> {
    return this.notices.call(request);
  }

  /** The newest message about `reference`, if there is one. */
  newestAbout(reference: string): Promise<SmsMessage | null> {
    return this.messages.findOne({ where: { reference }, order: { createdAt: 'DESC' } });
  }

  /** What became of the messages about `reference` so far. */
  async historyOf(reference: string): Promise<MessageHistory> {
    const messages = await this.messages.find({
      select: { state: true, provider: true, channel: true, createdAt: true },
      where: { reference },
      order: { createdAt: 'ASC' },
    });
    const providers = messages.map(({ provider }) => provider).filter((provider) => provider !== null);
    return {
      unknown: messages.filter(({ state }) => state === 'unknown').length,
      providers: [...new Set(providers)],
      channel: messages.at(-1)?.channel,
    };
  }

  /** The newest message about `reference` was proved to have arrived: routing learns from it. Returns at once. */
  approved(reference: string): void {
    this.approvals.add(reference);
  }

  /**
   * @throws {Problem} SMS_UNAVAILABLE when no gateway can be called, with the time until the next probe of a circuit, or
   * a fixed one when all are drained
   */
  mustBeAvailable(channel: Channel): void {
    const waitMs = this.router.waitMs(channel);
    if (waitMs === 0) return;
    const retryAfter = waitMs === undefined ? DRAINED_RETRY_AFTER : Math.max(1, Math.ceil(waitMs / 1_000));
    throw new Problem('SMS_UNAVAILABLE', { retryAfter });
  }

  find(messageId: string): Promise<SmsMessage | null> {
    return this.messages.findOneBy({ id: messageId });
  }
}
