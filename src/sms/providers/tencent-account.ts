import type { Clock } from '../../common/clock';
import { isObject, type JsonObject } from '../../common/json-object';
import { vendorUrl } from '../../common/vendor-url';
import type { Balance, ProviderCheck, Receipt } from '../sms-provider.interface';
import { clockCheck, passed, reached, readAccountReply, refusalCheck, withRefusal } from './account-checks';
import { absentTemplate, usedTemplates, type UsedTemplate } from './account-templates';
import {
  SIGN_LIMIT,
  tencentBalance,
  tencentBalanceCheck,
  tencentReceipt,
  tencentSignCheck,
  tencentTemplateCheck,
  type AskedMessage,
} from './tencent-account-answer';
import { TENCENT_REFUSALS } from './tencent-account-refusals';
import { tencentHeaders, type TencentCaller } from './tencent-request';
import { TENCENT_SMS } from './tencent-signature';
import type { TemplateOptions } from './template-choice';
import type { VendorReply } from './vendor-exchange';
import type { VendorHttp } from './vendor-http';
import { DEFAULT_TIMEOUT_MS } from './vendor-params';

/** What of the provider's options its account needs. */
export interface TencentAccess extends TencentCaller, TemplateOptions {
  readonly smsAppId: string;
  readonly signName: string;
  readonly baseUrl?: string;
  readonly timeoutMs?: number;
}

/** The gateway allows five minutes. */
const CLOCK_LIMITS = { warnMs: 2 * 60_000, failMs: 5 * 60_000 };
/** Refusals after which nothing else can be asked. */
const FINAL: ReadonlySet<string> = new Set(['credentials', 'clock', 'addresses', 'account']);
const HOUR_MS = 3_600_000;
/** Packages are found by the time they were bought; older ones than this have ended. */
const PACKAGES_MS = 3 * 365 * 24 * HOUR_MS;
/** A gateway's clock may be a little behind ours. */
const SLACK_SECONDS = 60;

type Reading =
  | { readonly response: JsonObject; readonly reply: VendorReply }
  | { readonly refusal: ProviderCheck; readonly reply: VendorReply }
  | { readonly fault: ProviderCheck };

/** The account at Tencent Cloud SMS, by the calls that send nothing. */
export class TencentAccount {
  private readonly url: URL;

  constructor(
    private readonly access: TencentAccess,
    private readonly http: VendorHttp,
    private readonly clock: Clock,
  ) {
    this.url = vendorUrl(access.baseUrl ?? `https://${TENCENT_SMS.host}`, '/');
  }

  async balance(): Promise<Balance | undefined> {
    const packages = await this.packages();
    return 'response' in packages ? tencentBalance(packages.response, this.clock.now()) : undefined;
  }

  async query(message: AskedMessage & { readonly sentAt: Date }): Promise<Receipt | undefined> {
    const found = await this.ask('receipts', 'PullSmsSendStatusByPhoneNumber', {
      BeginTime: Math.floor(message.sentAt.getTime() / 1_000) - SLACK_SECONDS,
      Offset: 0,
      Limit: 100,
      PhoneNumber: message.phone,
      SmsSdkAppId: this.access.smsAppId,
    });
    return 'response' in found ? tencentReceipt(found.response, message) : undefined;
  }

  async checkup(): Promise<ProviderCheck[]> {
    const packages = await this.packages();
    if ('fault' in packages) return [packages.fault];
    const now = this.clock.now();
    const clock = clockCheck(packages.reply, now, CLOCK_LIMITS);
    if ('refusal' in packages && FINAL.has(packages.refusal.subject)) {
      return [reached(this.url.host), ...withRefusal(clock, packages.refusal)];
    }
    return [
      reached(this.url.host),
      ...(clock ? [clock] : []),
      passed('credentials', 'secret id and secret key are accepted'),
      'refusal' in packages
        ? asSubject('balance', packages.refusal)
        : tencentBalanceCheck(packages.response, now),
      ...(await Promise.all([this.sign(), this.templates()])).flat(),
    ];
  }

  private packages(): Promise<Reading> {
    const now = this.clock.now();
    return this.ask('balance', 'SmsPackagesStatistics', {
      SmsSdkAppId: this.access.smsAppId,
      Limit: 500,
      Offset: 0,
      BeginTime: beijingHour(now - PACKAGES_MS),
      // It must not lie in the future, so that a package bought in this very hour is not seen yet.
      EndTime: beijingHour(now),
    });
  }

  private async sign(): Promise<ProviderCheck> {
    const { signName } = this.access;
    // There is no question by name: an empty set lists them.
    const range = { SignIdSet: [], Limit: SIGN_LIMIT, Offset: 0 };
    const found = await this.ask('signature', 'DescribeSmsSignList', { International: 0, ...range });
    return 'response' in found
      ? tencentSignCheck(found.response, signName)
      : asSubject('signature', lineOf(found));
  }

  private async templates(): Promise<ProviderCheck[]> {
    const used = usedTemplates(this.access);
    const mainland = await this.describe(used, 0);
    const absent = mainland.flatMap((check, place) => (check ? [] : [used[place]]));
    if (absent.length === 0) return mainland.flatMap((check) => check ?? []);
    // Templates for numbers abroad are in a list of their own.
    const abroad = await this.describe(absent, 1);
    const others = absent.map((template, place) => abroad[place] ?? absentTemplate(template));
    return mainland.map((check) => check ?? others.shift()!);
  }

  /** @returns one line for each template; nothing for one that is not in the list */
  private async describe(
    used: readonly UsedTemplate[],
    International: 0 | 1,
  ): Promise<(ProviderCheck | undefined)[]> {
    const TemplateIdSet = [...new Set(used.map(({ id }) => Number(id)))];
    const found = await this.ask('template', 'DescribeSmsTemplateList', { International, TemplateIdSet });
    return used.map((template) =>
      'response' in found
        ? tencentTemplateCheck(found.response, template)
        : asSubject('template', lineOf(found)),
    );
  }

  private async ask(subject: string, action: string, fields: object): Promise<Reading> {
    const { secretId, secretKey, timeoutMs = DEFAULT_TIMEOUT_MS } = this.access;
    const body = JSON.stringify(fields);
    const headers = tencentHeaders(this.access, action, body, this.clock.now());
    const reply = await this.http.post({ url: this.url, headers, body, timeoutMs });
    const reading = readAccountReply(reply, this.url.host);
    if ('fault' in reading) return reading;
    const { Response: response } = reading.answer;
    if (isObject(response) && !('Error' in response)) return { response, reply };
    const { Code: code, Message: words }: JsonObject =
      isObject(response) && isObject(response.Error) ? response.Error : {};
    const hidden = [secretId, secretKey];
    return {
      refusal: refusalCheck(TENCENT_REFUSALS, subject, { code: safeCode(code), words, hidden }),
      reply,
    };
  }
}

function lineOf(reading: Exclude<Reading, { response: JsonObject }>): ProviderCheck {
  return 'fault' in reading ? reading.fault : reading.refusal;
}

/** "You may not ask" is said under what was asked. */
function asSubject(subject: string, check: ProviderCheck): ProviderCheck {
  return check.subject === 'permission' || check.subject === 'reachability' ? { ...check, subject } : check;
}

/** `yyyymmddhh`; the vendor's hours are Beijing's. */
function beijingHour(now: number): string {
  return new Date(now + 8 * HOUR_MS).toISOString().replace(/\D/g, '').slice(0, 10);
}

function safeCode(code: unknown): string {
  return typeof code === 'string' && /^[A-Za-z.]{1,80}$/.test(code) ? code : 'no code';
}
