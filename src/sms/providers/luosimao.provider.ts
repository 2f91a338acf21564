import { vendorUrl } from '../../common/vendor-url';
import type {
  Balance,
  Channel,
  OutgoingMessage,
  ProviderCheck,
  SmsOutcome,
  SmsProvider,
} from '../sms-provider.interface';
import { countSegments } from '../segments';
import type { SmsTexts } from '../sms-texts';
import { LuosimaoAccount } from './luosimao-account';
import { callLuosimao } from './luosimao-call';
import { renderLuosimaoText, type TextFault } from './luosimao-text';
import { isOfOneNumber, openForAll, sameForAll, sendTogether } from './vendor-batch';
import { UndiciVendorHttp, type VendorHttp } from './vendor-http';
import { refusedHere } from './vendor-outcome';
import { mainlandNumber } from './vendor-params';

export interface LuosimaoOptions {
  readonly vendor: 'luosimao';
  readonly apiKey: string;
  /** Approved signature, with or without its brackets `【】`. */
  readonly signature: string;
  /** Origin of the SMS gateway; default `https://sms-api.luosimao.com`. */
  readonly baseUrl?: string;
  /** Key of the voice product, another one than `apiKey`; without it there is no voice channel. */
  readonly voiceApiKey?: string;
  /** Origin of the voice gateway; default `https://voice-api.luosimao.com`. */
  readonly voiceBaseUrl?: string;
  /** Total deadline of one call in milliseconds; default 5000. */
  readonly timeoutMs?: number;
  /** Own texts by purpose and language (`login`, `login@en`, `@en`), with `{code}` and other value names in braces. */
  readonly texts?: SmsTexts;
}

/**
 * Luosimao SMS and voice API v1, after the vendor's SDKs (https://github.com/luosimao-oss).
 * It has no idempotency key and no echo field: the same call twice is two messages.
 */
export class LuosimaoSmsProvider implements SmsProvider {
  readonly name = 'luosimao';
  readonly channels: ReadonlySet<Channel>;
  /** The vendor names no limit. */
  readonly batchLimit = 1_000;
  private readonly smsUrl: URL;
  private readonly batchUrl: URL;
  private readonly voiceUrl: URL;
  private readonly account: LuosimaoAccount;

  constructor(
    private readonly options: LuosimaoOptions,
    private readonly http: VendorHttp = new UndiciVendorHttp(),
  ) {
    const origin = options.baseUrl ?? 'https://sms-api.luosimao.com';
    this.smsUrl = vendorUrl(origin, '/v1/send.json');
    this.batchUrl = vendorUrl(origin, '/v1/send_batch.json');
    this.voiceUrl = vendorUrl(options.voiceBaseUrl ?? 'https://voice-api.luosimao.com', '/v1/verify.json');
    this.account = new LuosimaoAccount(options, http);
    this.channels = new Set<Channel>(options.voiceApiKey ? ['sms', 'voice'] : ['sms']);
  }

  async send(message: OutgoingMessage): Promise<SmsOutcome> {
    const mobile = mainlandNumber(message.phone);
    if (!mobile) return refusedHere('C', 'NUMBER', 'Luosimao serves mainland China mobile numbers only');
    return message.channel === 'voice' ? this.call(mobile, message) : this.text(mobile, message);
  }

  /** One answer for all numbers; the vendor advises against sending codes so. */
  sendBatch(messages: readonly OutgoingMessage[]): Promise<SmsOutcome[]> {
    return sendTogether(messages, this.batchLimit, async (to) =>
      sameForAll(to, await this.texts(to, messages[0])),
    );
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

  private async text(mobile: string, message: OutgoingMessage): Promise<SmsOutcome> {
    return this.write(message, (text) =>
      this.post(this.smsUrl, this.options.apiKey, { mobile, message: text }),
    );
  }

  private async texts(to: readonly string[], first: OutgoingMessage): Promise<SmsOutcome> {
    const mobile_list = to.join(',');
    const outcome = await this.write(first, (text) =>
      this.post(this.batchUrl, this.options.apiKey, { mobile_list, message: text }),
    );
    return to.length > 1 && isOfOneNumber(outcome) ? openForAll(outcome) : outcome;
  }

  private async write(
    message: OutgoingMessage,
    send: (text: string) => Promise<SmsOutcome>,
  ): Promise<SmsOutcome> {
    const rendered = renderLuosimaoText(message, this.options.signature, this.options.texts);
    if ('fault' in rendered) return unsendable(rendered.fault);
    const outcome = await send(rendered.text);
    // The vendor does not say what it bills.
    const segments = countSegments(rendered.text, 'mainland');
    return outcome.kind === 'accepted' ? { ...outcome, segments } : outcome;
  }

  private async call(mobile: string, message: OutgoingMessage): Promise<SmsOutcome> {
    const { voiceApiKey } = this.options;
    if (!voiceApiKey) return refusedHere('P', 'CHANNEL', 'No key for voice calls is configured');
    const { code = '' } = message.values;
    if (!/^\d{4,}$/.test(code)) return refusedHere('T', 'CODE_LENGTH', 'A voice code has at least 4 digits');
    return this.post(this.voiceUrl, voiceApiKey, { mobile, code });
  }

  private post(url: URL, apiKey: string, form: Record<string, string>): Promise<SmsOutcome> {
    return callLuosimao(this.http, { url, apiKey, form, timeoutMs: this.options.timeoutMs });
  }
}

function unsendable(fault: TextFault): SmsOutcome {
  return refusedHere(fault === 'VALUE_MISSING' ? 'G' : 'T', fault, 'The text cannot be sent');
}
