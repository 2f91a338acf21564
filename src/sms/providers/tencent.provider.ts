import { systemClock, type Clock } from '../../common/clock';
import type { Channel, OutgoingMessage, SmsOutcome, SmsProvider } from '../sms-provider.interface';
import { readTencentAnswer } from './tencent-answer';
import { signTc3, TENCENT_SMS } from './tencent-signature';
import { UndiciVendorHttp, type VendorHttp } from './vendor-http';
import { readReply, refusedHere } from './vendor-outcome';
import { DEFAULT_TIMEOUT_MS, templateValues } from './vendor-params';
import { vendorUrl } from './vendor-url';

export interface TencentOptions {
  readonly vendor: 'tencent';
  readonly secretId: string;
  readonly secretKey: string;
  readonly smsAppId: string;
  /** Text of the approved signature; the vendor adds the brackets. */
  readonly signName: string;
  readonly templateId: string;
  /** Default `ap-guangzhou`. */
  readonly region?: string;
  /** Origin; default `https://sms.tencentcloudapi.com`. Host and service of the signature do not follow it. */
  readonly baseUrl?: string;
  /** Names of the message values for the template's places; default `code`, `minutes`. */
  readonly templateParams?: readonly string[];
  /** Total deadline of one call in milliseconds; default 5000. */
  readonly timeoutMs?: number;
}

// Lower case, so that "sign it as it is" and "sign it in lower case" are the same bytes.
const CONTENT_TYPE = 'application/json; charset=utf-8';

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
  private readonly url: URL;

  constructor(
    private readonly options: TencentOptions,
    private readonly http: VendorHttp = new UndiciVendorHttp(),
    private readonly clock: Clock = systemClock,
  ) {
    this.url = vendorUrl(options.baseUrl ?? `https://${TENCENT_SMS.host}`, '/');
  }

  async send(message: OutgoingMessage): Promise<SmsOutcome> {
    if (message.channel !== 'sms')
      return refusedHere('P', 'CHANNEL', 'Tencent Cloud SMS has no voice channel');
    const params = templateValues(message, this.options.templateParams);
    if (!params)
      return refusedHere('G', 'VALUE_MISSING', 'The template parameters name a value the message lacks');
    const body = this.body(message, params);
    const headers = this.headers(body);
    const timeoutMs = this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const text = readReply(await this.http.post({ url: this.url, headers, body, timeoutMs }), 'Q');
    return typeof text === 'string' ? readTencentAnswer(text, message.phone, this.hidden(message)) : text;
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private body(message: OutgoingMessage, params: readonly string[]): string {
    const { smsAppId, signName, templateId } = this.options;
    return JSON.stringify({
      PhoneNumberSet: [message.phone],
      SmsSdkAppId: smsAppId,
      TemplateId: templateId,
      SignName: signName,
      TemplateParamSet: params,
      // Echoed in answers and receipts. It only correlates: the API has no idempotency key.
      SessionContext: message.id,
    });
  }

  private headers(body: string): Record<string, string> {
    const { secretId, secretKey, region = 'ap-guangzhou' } = this.options;
    const timestamp = Math.floor(this.clock.now() / 1_000);
    const { authorization } = signTc3({
      ...TENCENT_SMS,
      secretId,
      secretKey,
      contentType: CONTENT_TYPE,
      body,
      timestamp,
    });
    return {
      authorization,
      'content-type': CONTENT_TYPE,
      'x-tc-action': 'SendSms',
      'x-tc-version': '2021-01-11',
      'x-tc-region': region,
      'x-tc-timestamp': String(timestamp),
    };
  }

  private hidden({ phone, values }: OutgoingMessage): string[] {
    return [this.options.secretKey, this.options.secretId, phone, ...Object.values(values)];
  }
}
