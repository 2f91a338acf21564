import { vendorUrl } from '../../common/vendor-url';
import { systemClock, type Clock } from '../../common/clock';
import type { Phone } from '../../common/phone';
import type {
  Balance,
  Channel,
  OutgoingMessage,
  ProviderCheck,
  Receipt,
  SmsOutcome,
  SmsProvider,
} from '../sms-provider.interface';
import { TencentAccount } from './tencent-account';
import { readTencentAnswer } from './tencent-answer';
import { tencentHeaders } from './tencent-request';
import { TENCENT_SMS } from './tencent-signature';
import { fillTemplate, type FilledTemplate, hasTemplate, type TemplateOptions } from './template-choice';
import { UndiciVendorHttp, type VendorHttp } from './vendor-http';
import { readReply, refusedHere } from './vendor-outcome';
import { DEFAULT_TIMEOUT_MS } from './vendor-params';

export interface TencentOptions extends TemplateOptions {
  readonly vendor: 'tencent';
  readonly secretId: string;
  readonly secretKey: string;
  readonly smsAppId: string;
  /** Text of the approved signature; the vendor adds the brackets. */
  readonly signName: string;
  /** Default `ap-guangzhou`. */
  readonly region?: string;
  /** Origin; default `https://sms.tencentcloudapi.com`. Host and service of the signature do not follow it. */
  readonly baseUrl?: string;
  /** Total deadline of one call in milliseconds; default 5000. */
  readonly timeoutMs?: number;
}

/**
 * Tencent Cloud SMS, API 2021-01-11 (https://cloud.tencent.com/document/api/382/55981).
 *
 * It signs by itself and does not use the official SDK, which takes the service name and the signed host from the
 * endpoint (so that a proxy or a simulator breaks the signature), waits up to 60 seconds, and hides whether a request
 * was written at all. That last bit decides here between "refused" and "may have been taken".
 */
export class TencentSmsProvider implements SmsProvider {
  readonly name = 'tencent';
  /** Voice codes are another product (`vms`) with its own application. */
  readonly channels: ReadonlySet<Channel> = new Set<Channel>(['sms']);
  readonly batchLimit = 200;
  private readonly url: URL;
  private readonly account: TencentAccount;

  constructor(
    private readonly options: TencentOptions,
    private readonly http: VendorHttp = new UndiciVendorHttp(),
    private readonly clock: Clock = systemClock,
  ) {
    this.url = vendorUrl(options.baseUrl ?? `https://${TENCENT_SMS.host}`, '/');
    this.account = new TencentAccount(options, http, clock);
  }

  takes(message: Pick<OutgoingMessage, 'purpose' | 'locale'>): boolean {
    return hasTemplate(message, this.options);
  }

  async send(message: OutgoingMessage): Promise<SmsOutcome> {
    if (message.channel !== 'sms')
      return refusedHere('P', 'CHANNEL', 'Tencent Cloud SMS has no voice channel');
    // Echoed in answers and receipts. It only correlates: the API has no idempotency key.
    const [outcome] = await this.post(message, [message.phone], message.id);
    return outcome;
  }

  /** One call takes mainland numbers only, or none. */
  async sendBatch(messages: readonly OutgoingMessage[]): Promise<SmsOutcome[]> {
    if (messages.length > this.batchLimit)
      throw new RangeError(`A batch has at most ${this.batchLimit} messages`);
    const phones = [...new Set(messages.map(({ phone }) => phone))];
    const parts = [phones.filter(isMainland), phones.filter((phone) => !isMainland(phone))];
    const outcomes = await Promise.all(
      parts.filter(({ length }) => length > 0).map(async (part) => this.post(messages[0], part)),
    );
    const called = parts.flat();
    const told = outcomes.flat();
    return messages.map(({ phone }) => told[called.indexOf(phone)]);
  }

  query(message: Parameters<TencentAccount['query']>[0]): Promise<Receipt | undefined> {
    return this.account.query(message);
  }

  balance(): Promise<Balance | undefined> {
    return this.account.balance();
  }

  checkup(): Promise<ProviderCheck[]> {
    return this.account.checkup();
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async post(
    message: OutgoingMessage,
    phones: readonly Phone[],
    sessionContext?: string,
  ): Promise<SmsOutcome[]> {
    const filled = fillTemplate(message, this.options);
    if ('kind' in filled) return phones.map(() => filled);
    const body = this.body(phones, filled, sessionContext);
    const headers = tencentHeaders(this.options, 'SendSms', body, this.clock.now());
    const timeoutMs = this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const text = readReply(await this.http.post({ url: this.url, headers, body, timeoutMs }), 'Q');
    if (typeof text !== 'string') return phones.map(() => text);
    const { secretKey, secretId } = this.options;
    return readTencentAnswer(text, phones, [
      secretKey,
      secretId,
      ...phones,
      ...Object.values(message.values),
    ]);
  }

  private body(
    phones: readonly Phone[],
    { templateId, params }: FilledTemplate,
    sessionContext?: string,
  ): string {
    const { smsAppId, signName } = this.options;
    return JSON.stringify({
      PhoneNumberSet: phones,
      SmsSdkAppId: smsAppId,
      TemplateId: templateId,
      SignName: signName,
      TemplateParamSet: params,
      SessionContext: sessionContext,
    });
  }
}

const isMainland = (phone: Phone): boolean => phone.startsWith('+86');
