import { placesOf, type SimulatedAccount } from './simulated-account';
import type { LedgerEntry } from './vendor-simulator';

export interface TencentApplication {
  readonly smsAppId: string;
  readonly signName: string;
  readonly templateId: string;
  /** Beside that one; each is approved. */
  readonly moreTemplates?: Readonly<Record<string, { readonly params: number; readonly isGlobal?: boolean }>>;
}

type Fields = Record<string, unknown>;
/** Members of the vendor's `Response`, or its code. */
type Result = object | string;

/** Types of the fields of each call; `?` marks those that may be missing. */
const CALLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  SmsPackagesStatistics: {
    SmsSdkAppId: 'string',
    Limit: 'number',
    Offset: 'number',
    BeginTime: 'string',
    EndTime: 'string',
  },
  DescribeSmsSignList: {
    International: 'number',
    SignIdSet: 'numbers?',
    Limit: 'number?',
    Offset: 'number?',
  },
  DescribeSmsTemplateList: {
    International: 'number',
    TemplateIdSet: 'numbers?',
    Limit: 'number?',
    Offset: 'number?',
  },
  PullSmsSendStatusByPhoneNumber: {
    BeginTime: 'number',
    EndTime: 'number?',
    Offset: 'number',
    Limit: 'number',
    PhoneNumber: 'string',
    SmsSdkAppId: 'string',
  },
};

export const TENCENT_ACCOUNT_ACTIONS: ReadonlySet<string> = new Set(Object.keys(CALLS));

/** The calls of Tencent Cloud SMS that look at the account and at what was delivered. */
export class TencentAccountCalls {
  /** @param now our time, milliseconds */
  constructor(
    private readonly application: TencentApplication,
    private readonly account: SimulatedAccount,
    private readonly ledger: readonly LedgerEntry[],
    private readonly now: number,
  ) {}

  answer(action: string, fields: Fields): Result {
    const { individual, addressAllowed } = this.account.settings;
    const fault = checkFields(CALLS[action], fields);
    if (fault) return fault;
    if (!addressAllowed) return 'UnauthorizedOperation.RequestIpNotInWhitelist';
    if (individual && action.startsWith('Describe')) return 'UnauthorizedOperation';
    if ('SmsSdkAppId' in fields && fields.SmsSdkAppId !== this.application.smsAppId) {
      return 'UnauthorizedOperation.SmsSdkAppIdVerifyFail';
    }
    if (action === 'SmsPackagesStatistics') return this.packages(fields);
    if (action === 'DescribeSmsSignList') return this.signs(fields);
    return action === 'DescribeSmsTemplateList' ? this.templates(fields) : this.pull(fields);
  }

  private packages({ BeginTime: begin, EndTime: end, Limit: limit }: Fields): Result {
    const time = (text: unknown) => (/^20\d{8}$/.test(String(text)) ? Number(text) : NaN);
    const beijing = new Date(this.account.clock(this.now) + 8 * 3_600_000).toISOString();
    const hour = Number(beijing.replace(/\D/g, '').slice(0, 10));
    if (!(time(begin) < time(end))) return 'InvalidParameterValue.BeginTimeVerifyFail';
    if (!(time(end) <= hour)) return 'InvalidParameterValue.EndTimeVerifyFail';
    if ((limit as number) > 500) return 'InvalidParameterValue.LimitVerifyFail';
    const { deposit } = this.account.settings;
    return { SmsPackagesStatisticsSet: deposit === null ? [] : this.twoPackages(Number(deposit)) };
  }

  /** One that has ended, which must not be counted, and one in force. */
  private twoPackages(left: number): object[] {
    const seconds = Math.floor(this.now / 1_000);
    const item = (id: number, from: number, to: number, amount: number, usage: number) => ({
      PackageCreateTime: seconds + from,
      PackageEffectiveTime: seconds + from,
      PackageExpiredTime: seconds + to,
      PackageAmount: amount,
      PackageType: 1,
      PackageId: id,
      CurrentUsage: usage,
    });
    return [item(1, -900_000, -60, 1_000, 10), item(2, -800_000, 900_000, 100_000, 100_000 - left)];
  }

  private signs({ International: international, SignIdSet: ids = [] }: Fields): Result {
    const { signStatus } = this.account.settings;
    // Its id is no part of the configuration, so that only a list of all is of use.
    if (international !== 0 || (ids as number[]).length > 0) return { DescribeSignListStatusSet: [] };
    const sign = (id: number, name: string, status: number) => ({
      SignId: id,
      International: 0,
      StatusCode: status,
      ReviewReply: '',
      SignName: name,
      CreateTime: 1_617_508_800,
    });
    const own = signStatus === null ? [] : [sign(1_111, this.application.signName, signStatus)];
    return { DescribeSignListStatusSet: [sign(1_110, '别的签名', 0), ...own] };
  }

  private templates({ International: international, TemplateIdSet: ids = [] }: Fields): Result {
    const { templateStatus, templateContent } = this.account.settings;
    const { templateId, moreTemplates = {} } = this.application;
    const template = (id: string, status: number, content: string) => ({
      TemplateId: Number(id),
      International: international,
      StatusCode: status,
      ReviewReply: '',
      TemplateName: '验证码',
      CreateTime: 1_617_379_200,
      TemplateContent: content,
    });
    const others = Object.entries(moreTemplates)
      .filter(([, { isGlobal = false }]) => isGlobal === (international === 1))
      .map(([id, { params }]) => template(id, 0, placesOf(params)));
    const isThere = international === 0 && templateStatus !== null;
    const own = isThere ? [template(templateId, templateStatus, templateContent)] : [];
    return {
      DescribeTemplateStatusSet: [...own, ...others].filter((item) =>
        (ids as number[]).includes(item.TemplateId),
      ),
    };
  }

  private pull({
    BeginTime: begin,
    EndTime: end,
    Limit: limit,
    Offset: offset,
    PhoneNumber: phone,
  }: Fields): Result {
    if ((limit as number) > 100) return 'InvalidParameterValue.LimitVerifyFail';
    if (offset !== 0) return 'InvalidParameterValue.OffsetVerifyFail';
    if (!/^\+\d{7,15}$/.test(phone as string)) return 'InvalidParameterValue.IncorrectPhoneNumber';
    const entries = this.ledger.flatMap((message) => {
      const sentAt = Date.parse(message.receivedAt) / 1_000;
      const asked = message.to === phone && sentAt >= (begin as number) && sentAt <= Number(end ?? Infinity);
      return asked ? this.statusOf(message) : [];
    });
    return { PullSmsSendStatusSet: entries.slice(0, limit as number) };
  }

  private statusOf({ providerMessageId, to, clientMessageId = '' }: LedgerEntry): object[] {
    const report = this.account.reports.find((item) => item.providerMessageId === providerMessageId);
    if (!report) return [];
    return [
      {
        UserReceiveTime: report.receivedAt,
        CountryCode: '86',
        SubscriberNumber: to.replace('+86', ''),
        PhoneNumber: to,
        SerialNo: providerMessageId,
        ReportStatus: report.status,
        Description: report.code,
        SessionContext: clientMessageId,
      },
    ];
  }
}

function checkFields(types: Readonly<Record<string, string>>, fields: Fields): string | undefined {
  if (Object.keys(fields).some((name) => !Object.hasOwn(types, name))) return 'UnknownParameter';
  for (const [name, type] of Object.entries(types)) {
    const value = fields[name];
    if (value === undefined && type.endsWith('?')) continue;
    if (value === undefined) return 'MissingParameter';
    const isRight = type.startsWith('numbers')
      ? Array.isArray(value) && value.every((item) => Number.isInteger(item))
      : typeof value === type.replace('?', '');
    if (!isRight) return 'InvalidParameter';
  }
  return undefined;
}
