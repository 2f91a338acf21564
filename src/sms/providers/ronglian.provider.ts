import { systemClock, type Clock } from '../../common/clock';
import type { CallNotice } from '../call-notice';
import type {
  Balance,
  Channel,
  OutgoingMessage,
  ProviderCheck,
  SmsOutcome,
  SmsProvider,
} from '../sms-provider.interface';
import { RonglianAccount, ronglianAccountUrl } from './ronglian-account';
import { readRonglianAnswer } from './ronglian-answer';
import { writeRonglianBody, type RonglianBodyFormat } from './ronglian-body';
import { templateCall, voiceCall, type RonglianCall, type RonglianCallOptions } from './ronglian-calls';
import { landingCall, type LandingCallOptions } from './ronglian-landing-call';
import { signRonglian } from './ronglian-signature';
import { hasTemplate } from './template-choice';
import { sendByHalves, sendTogether } from './vendor-batch';
import { UndiciVendorHttp, type VendorHttp } from './vendor-http';
import { readReply, refusedHere } from './vendor-outcome';
import { DEFAULT_TIMEOUT_MS, mainlandNumber } from './vendor-params';

/** Templates are digits; the signature is part of them and never sent. */
export interface RonglianOptions extends RonglianCallOptions, LandingCallOptions {
  readonly vendor: 'ronglian';
  readonly accountSid: string;
  readonly authToken: string;
  /** Origin with port; default `https://app.cloopen.com:8883`. */
  readonly baseUrl?: string;
  /** Default `json`. */
  readonly bodyFormat?: RonglianBodyFormat;
  /** Total deadline of one call in milliseconds; default 5000. */
  readonly timeoutMs?: number;
}

/** Enough to find two numbers that spoil a batch of 100. */
const MOST_BATCH_CALLS = 32;

/**
 * Ronglian (容联云通讯, cloopen) REST 2013-12-26, after the vendor's SDKs (https://github.com/cloopen/java-sms-sdk).
 * The only gateway of the three with an idempotency key: `reqId`, unique for an account and a calendar day.
 */
export class RonglianSmsProvider implements SmsProvider {
  readonly name = 'ronglian';
  readonly channels: ReadonlySet<Channel> = new Set<Channel>(['sms', 'voice']);
  /** For text messages, within a calendar day in Beijing. Calls have no such key. */
  readonly isIdempotent = true;
  /** Tables of different age say 100 and 200; the SDK says 100. */
  readonly batchLimit = 100;
  private readonly accountUrl: URL;
  private readonly account: RonglianAccount;

  constructor(
    private readonly options: RonglianOptions,
    private readonly http: VendorHttp = new UndiciVendorHttp(),
    private readonly clock: Clock = systemClock,
  ) {
    this.accountUrl = ronglianAccountUrl(options);
    this.account = new RonglianAccount(options, http, clock);
  }

  takes(message: Pick<OutgoingMessage, 'purpose' | 'locale'>): boolean {
    return hasTemplate(message, this.options);
  }

  async send(message: OutgoingMessage): Promise<SmsOutcome> {
    const to = mainlandNumber(message.phone);
    // Other countries have another endpoint with free text, which this adapter does not speak.
    if (!to) return refusedHere('C', 'NUMBER', 'This endpoint serves mainland China mobile numbers only');
    const call =
      message.channel === 'voice'
        ? voiceCall(to, message, this.options)
        : templateCall([to], message, this.options);
    return 'kind' in call ? call : this.post(call, Object.values(message.values), message.repeats);
  }

  async callNotice(notice: CallNotice): Promise<SmsOutcome> {
    const call = landingCall(notice, this.options);
    return 'kind' in call ? call : this.post(call, [notice.to, notice.text ?? '']);
  }

  /** One answer for all numbers of a call: when it speaks of one of them, the halves are sent by themselves. */
  sendBatch(messages: readonly OutgoingMessage[]): Promise<SmsOutcome[]> {
    return sendTogether(messages, this.batchLimit, (to) =>
      sendByHalves(to, MOST_BATCH_CALLS, (group, call) => this.sendGroup(group, messages[0], call)),
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

  private async sendGroup(to: readonly string[], first: OutgoingMessage, call: number): Promise<SmsOutcome> {
    // A key of its own for every call: the vendor may remember the key of one it refused.
    const submission = ((first.submission ?? 1) - 1) * MOST_BATCH_CALLS + call;
    const template = templateCall(to, { ...first, submission }, this.options);
    return 'kind' in template ? template : this.post(template, Object.values(first.values));
  }

  private async post(
    { path, root, fields }: RonglianCall,
    values: readonly string[],
    repeats?: boolean,
  ): Promise<SmsOutcome> {
    const { accountSid, authToken, bodyFormat = 'json', timeoutMs = DEFAULT_TIMEOUT_MS } = this.options;
    // Its path is a secret.
    const { voiceReceiptUrl = '' } = this.options;
    const { sig, authorization } = signRonglian(accountSid, authToken, this.clock.now());
    const type = `application/${bodyFormat}`;
    const reply = await this.http.post({
      url: new URL(`${path}?sig=${sig}`, this.accountUrl),
      headers: { authorization, accept: type, 'content-type': `${type};charset=utf-8` },
      body: writeRonglianBody(bodyFormat, root, fields),
      timeoutMs,
    });
    const text = readReply(reply, 'Q');
    if (typeof text !== 'string') return text;
    const hidden = [accountSid, authToken, authorization, sig, ...values, voiceReceiptUrl];
    return readRonglianAnswer(text, hidden, repeats);
  }
}
