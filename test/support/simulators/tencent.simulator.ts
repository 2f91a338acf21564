import { randomInt, randomUUID } from 'node:crypto';

import { templateOf } from './simulated-templates';
import type { VendorAnswer } from './simulator-faults';
import { TENCENT_ACCOUNT_ACTIONS, TencentAccountCalls } from './tencent-account';
import { checkTencentAuth, checkTencentFields, type TencentTemplate } from './tencent-request';
import { VendorSimulator, type Judgement, type LedgerEntry, type VendorCall } from './vendor-simulator';

export interface TencentSimulatorOptions extends TencentTemplate {
  readonly secretId: string;
  readonly secretKey: string;
  /** Numbers that get nothing, as in `PhoneNumberSet`. */
  readonly blacklist?: readonly string[];
  readonly now: () => number;
  readonly port?: number;
}

/** Sample account: looks fake and is. */
export const TENCENT_ACCOUNT: TencentSimulatorOptions = {
  secretId: 'AKIDEXAMPLEEXAMPLEEXAMPLE00000001',
  secretKey: 'exampleSecretKey0000000000000001',
  smsAppId: '1400006666',
  signName: '示例公司',
  templateId: '1110',
  templateParamCount: 2,
  now: () => Date.now(),
};

type Fields = Record<string, unknown>;
type Message = Omit<LedgerEntry, 'receivedAt'>;

/** Codes that speak of one number or of the content stand in its entry, all others in `Response.Error`. */
const ENTRY_CODE =
  /^(FailedOperation|LimitExceeded|InvalidParameterValue|UnsupportedOperation)\.|\.SerivceSuspendDueToArrears$/;

/** Tencent Cloud SMS: `SendSms`, and the calls that look at the account and at what was delivered. */
export class TencentSimulator extends VendorSimulator {
  protected readonly vendor = 'tencent';
  protected readonly missing = respond({});

  constructor(private readonly options: TencentSimulatorOptions) {
    super();
  }

  static async start(options: Partial<TencentSimulatorOptions> = {}): Promise<TencentSimulator> {
    const simulator = new TencentSimulator({ ...TENCENT_ACCOUNT, ...options });
    await simulator.listen(options.port);
    return simulator;
  }

  protected judge(call: VendorCall): Judgement {
    const fault = checkTencentAuth(call, this.options, this.account.clock(this.options.now()));
    if (fault) return { answer: fail(fault, 'refused') };
    const fields = parse(call.body);
    if (!fields) return { answer: fail('InvalidParameter', 'no JSON object') };
    const action = String(call.headers['x-tc-action']);
    if (TENCENT_ACCOUNT_ACTIONS.has(action)) return { answer: this.tell(action, fields) };
    const wrong = checkTencentFields(fields, this.options);
    return wrong ? { answer: fail(wrong, 'refused') } : this.take(fields);
  }

  protected refusal(code: string, text: string, call: VendorCall): VendorAnswer {
    if (!ENTRY_CODE.test(code)) return fail(code, text);
    const fields = parse(call.body) ?? {};
    return respond({ SendStatusSet: phonesOf(fields).map((phone) => entry(fields, phone, code, text)) });
  }

  private tell(action: string, fields: Fields): VendorAnswer {
    const { options, account, ledger } = this;
    const told = new TencentAccountCalls(options, account, ledger, options.now()).answer(action, fields);
    return typeof told === 'string' ? fail(told, 'refused') : respond(told);
  }

  private take(fields: Fields): Judgement {
    const results = phonesOf(fields).map((phone) => {
      const code = this.checkNumber(phone, fields) ?? this.checkTemplate(fields);
      if (code) return { entry: entry(fields, phone, code, 'refused') };
      const message = messageOf(fields, phone);
      return { entry: entry(fields, phone, 'Ok', 'send success', message.providerMessageId), message };
    });
    return {
      answer: respond({ SendStatusSet: results.map((result) => result.entry) }),
      messages: results.flatMap(({ message }) => message ?? []),
    };
  }

  private checkNumber(phone: string, fields: Fields): string | undefined {
    const isMainland = phone.startsWith('+86');
    const shape = isMainland ? /^\+861[3-9]\d{9}$/ : /^\+[1-9]\d{6,14}$/;
    if (!shape.test(phone)) return 'InvalidParameterValue.IncorrectPhoneNumber';
    if (this.options.blacklist?.includes(phone)) return 'FailedOperation.PhoneNumberInBlacklist';
    const isGlobal = templateOf(fields.TemplateId, this.options)?.isGlobal ?? false;
    if (isMainland === !isGlobal) return undefined;
    return isMainland
      ? 'UnsupportedOperation.GlobalTemplateToChineseMainlandPhone'
      : 'UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone';
  }

  private checkTemplate(fields: Fields): string | undefined {
    const template = templateOf(fields.TemplateId, this.options);
    if (!template) return 'FailedOperation.TemplateIncorrectOrUnapproved';
    // With brackets it is another signature: the vendor adds them.
    if (fields.SignName !== this.options.signName && !(template.isGlobal && fields.SignName === undefined))
      return 'FailedOperation.SignatureIncorrectOrUnapproved';
    const params = (fields.TemplateParamSet ?? []) as string[];
    if (params.length !== template.params) return 'FailedOperation.TemplateParamSetNotMatchApprovedTemplate';
    if (template.kind === 'notice') {
      const isTooLong = params.some((param) => param.length > 12);
      return isTooLong ? 'InvalidParameterValue.TemplateParameterLengthLimit' : undefined;
    }
    return params.every((param) => /^\d{0,6}$/.test(param))
      ? undefined
      : 'InvalidParameterValue.TemplateParameterFormatError';
  }
}

function messageOf(fields: Fields, to: string): Message {
  const params = (fields.TemplateParamSet ?? []) as string[];
  return {
    to,
    code: params[0] ?? '',
    channel: 'sms',
    providerMessageId: `2028:${Date.now()}${randomInt(1e9, 1e10)}`,
    params,
    clientMessageId: fields.SessionContext as string | undefined,
    templateId: fields.TemplateId as string,
  };
}

function entry(fields: Fields, phone: string, code: string, text: string, serialNo = ''): object {
  return {
    SerialNo: serialNo,
    PhoneNumber: phone,
    Fee: code === 'Ok' ? 1 : 0,
    SessionContext: fields.SessionContext ?? '',
    Code: code,
    Message: text,
    IsoCode: phone.startsWith('+86') ? 'CN' : 'DEF',
  };
}

function phonesOf(fields: Fields): string[] {
  return (fields.PhoneNumberSet ?? []) as string[];
}

function parse(body: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

function fail(code: string, text: string): VendorAnswer {
  return respond({ Error: { Code: code, Message: text } });
}

function respond(content: object): VendorAnswer {
  return {
    type: 'application/json',
    body: JSON.stringify({ Response: { ...content, RequestId: randomUUID() } }),
  };
}
