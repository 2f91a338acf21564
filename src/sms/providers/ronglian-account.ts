import type { Clock } from '../../common/clock';
import type { JsonObject } from '../../common/json-object';
import { vendorUrl } from '../../common/vendor-url';
import type { Balance, ProviderCheck } from '../sms-provider.interface';
import {
  balanceCheck,
  clockCheck,
  passed,
  reached,
  readAccountReply,
  refusalCheck,
  withRefusal,
} from './account-checks';
import { usedTemplates, type UsedTemplate } from './account-templates';
import {
  memberOf,
  ronglianBalance,
  ronglianTemplateCheck,
  ronglianTypeCheck,
  textOf,
} from './ronglian-account-answer';
import { RONGLIAN_REFUSALS } from './ronglian-account-refusals';
import { writeRonglianBody } from './ronglian-body';
import { signRonglian } from './ronglian-signature';
import type { TemplateOptions } from './template-choice';
import type { VendorReply } from './vendor-exchange';
import type { VendorHttp } from './vendor-http';
import { DEFAULT_TIMEOUT_MS } from './vendor-params';

/** What of the provider's options its account needs. */
export interface RonglianAccess extends TemplateOptions {
  readonly accountSid: string;
  readonly authToken: string;
  readonly appId: string;
  readonly baseUrl?: string;
  readonly timeoutMs?: number;
}

/** Signatures are valid for 24 hours, so that only a clock that is far off matters. */
const CLOCK_LIMITS = { warnMs: 3_600_000, failMs: 24 * 3_600_000 };
/** Refusals after which nothing else can be asked. */
const FINAL: ReadonlySet<string> = new Set(['credentials', 'clock', 'addresses', 'account']);

/** Origin and path below which all calls of an account lie. */
export function ronglianAccountUrl({ baseUrl, accountSid }: RonglianAccess): URL {
  const account = `/2013-12-26/Accounts/${encodeURIComponent(accountSid)}/`;
  return vendorUrl(baseUrl ?? 'https://app.cloopen.com:8883', account);
}

type Reading =
  | { readonly answer: JsonObject; readonly reply: VendorReply }
  | { readonly refusal: ProviderCheck; readonly reply: VendorReply }
  | { readonly fault: ProviderCheck };

/** The account at Ronglian: `AccountInfo` and `SMS/QuerySMSTemplate`, always in JSON. */
export class RonglianAccount {
  private readonly url: URL;

  constructor(
    private readonly access: RonglianAccess,
    private readonly http: VendorHttp,
    private readonly clock: Clock,
  ) {
    this.url = ronglianAccountUrl(access);
  }

  async balance(): Promise<Balance | undefined> {
    const info = await this.ask('account', 'AccountInfo');
    return 'answer' in info ? ronglianBalance(info.answer) : undefined;
  }

  async checkup(): Promise<ProviderCheck[]> {
    const info = await this.ask('account', 'AccountInfo');
    if ('fault' in info) return [info.fault];
    const clock = clockCheck(info.reply, this.clock.now(), CLOCK_LIMITS);
    if ('refusal' in info && FINAL.has(info.refusal.subject)) {
      return [reached(this.url.host), ...withRefusal(clock, info.refusal)];
    }
    return [
      reached(this.url.host),
      ...(clock ? [clock] : []),
      passed('credentials', 'account SID and auth token are accepted'),
      ...('refusal' in info ? [info.refusal] : funds(info.answer)),
      ...(await Promise.all(usedTemplates(this.access).map((used) => this.template(used)))),
    ];
  }

  private async template(used: UsedTemplate): Promise<ProviderCheck> {
    const fields = { appId: this.access.appId, templateId: used.id };
    const found = await this.ask('template', 'SMS/QuerySMSTemplate', fields);
    if ('fault' in found) return { ...found.fault, subject: 'template' };
    if ('refusal' in found) return found.refusal;
    return ronglianTemplateCheck(found.answer, used);
  }

  /** @param fields none for a GET */
  private async ask(subject: string, path: string, fields?: Record<string, string>): Promise<Reading> {
    const { accountSid, authToken, timeoutMs = DEFAULT_TIMEOUT_MS } = this.access;
    const { sig, authorization } = signRonglian(accountSid, authToken, this.clock.now());
    const url = new URL(`${path}?sig=${sig}`, this.url);
    const type = 'application/json';
    const headers = { authorization, accept: type, 'content-type': `${type};charset=utf-8` };
    const question = { url, headers, timeoutMs };
    const reply = await (fields
      ? this.http.post({ ...question, body: writeRonglianBody('json', 'Request', fields) })
      : this.http.get(question));
    const reading = readAccountReply(reply, url.host);
    if ('fault' in reading) return reading;
    const code = textOf(memberOf(reading.answer, 'statusCode'));
    if (code === '000000') return { ...reading, reply };
    const words = memberOf(reading.answer, 'statusMsg');
    const hidden = [accountSid, authToken, authorization, sig];
    return {
      refusal: refusalCheck(RONGLIAN_REFUSALS, subject, { code: safeCode(code), words, hidden }),
      reply,
    };
  }
}

function funds(answer: JsonObject): ProviderCheck[] {
  const left = ronglianBalance(answer);
  return [...ronglianTypeCheck(answer), ...(left ? [balanceCheck(left)] : [])];
}

/** The six digits of the vendor's table; anything else is not repeated. */
function safeCode(code: string): string {
  return /^\d{3,6}$/.test(code) ? code : 'no code';
}
