import { randomUUID } from 'node:crypto';

import { answerRonglianAccount, isRonglianAccountCall } from './ronglian-account';
import { checkRonglianAuth, readRonglianRequest, type RonglianRequest } from './ronglian-request';
import { writeRonglianAnswer } from './ronglian-response';
import { SimulatedAccount } from './simulated-account';
import type { VendorAnswer } from './simulator-faults';
import { VendorSimulator, type Judgement, type VendorCall } from './vendor-simulator';

export interface RonglianSimulatorOptions {
  readonly accountSid: string;
  readonly authToken: string;
  readonly appId: string;
  readonly templateId: string;
  /** Variables of the template; the code is the first. */
  readonly templateParamCount: number;
  readonly now: () => number;
  readonly port?: number;
}

/** Sample account: looks fake and is. */
export const RONGLIAN_ACCOUNT: RonglianSimulatorOptions = {
  accountSid: '8a216da80000000000000000example1',
  authToken: '0123456789abcdef0123456789abcdef',
  appId: '8a216da80000000000000000exampleA',
  templateId: '1',
  templateParamCount: 2,
  now: () => Date.now(),
};

type Fields = RonglianRequest['fields'];

const SMS_FIELDS = new Set(['to', 'appId', 'templateId', 'datas', 'subAppend', 'reqId']);
const VOICE_FIELDS = new Set([
  'to',
  'appId',
  'verifyCode',
  'playTimes',
  'displayNum',
  'respUrl',
  'lang',
  'userData',
]);

/** Ronglian's `SMS/TemplateSMS` and `Calls/VoiceVerify`, JSON and XML, and the calls that look at the account. */
export class RonglianSimulator extends VendorSimulator {
  protected readonly missing = {
    type: 'application/json',
    body: '{"templateSMS":{"dateCreated":"20260101080000"}}',
  };
  override readonly account = new SimulatedAccount({ deposit: '120.50', templateStatus: 1 });
  private readonly requestIds = new Set<string>();

  constructor(private readonly options: RonglianSimulatorOptions) {
    super();
  }

  static async start(options: Partial<RonglianSimulatorOptions> = {}): Promise<RonglianSimulator> {
    const simulator = new RonglianSimulator({ ...RONGLIAN_ACCOUNT, ...options });
    await simulator.listen(options.port);
    return simulator;
  }

  override reset(): void {
    super.reset();
    this.requestIds.clear();
  }

  protected judge(call: VendorCall): Judgement {
    const refuse = (code: string): Judgement => ({ answer: this.refusal(code, 'refused', call) });
    const operation = call.path.split('/').slice(4).join('/');
    if (isRonglianAccountCall(operation)) {
      const now = this.options.now();
      return { answer: answerRonglianAccount(call, operation, this.options, this.account, now) };
    }
    const voice = operation === 'Calls/VoiceVerify';
    if (call.method !== 'POST' || (!voice && operation !== 'SMS/TemplateSMS')) return refuse('112602');
    const request = readRonglianRequest(call, voice ? 'VoiceVerify' : 'TemplateSMS');
    const fault = checkRonglianAuth(call, this.options, this.account.clock(this.options.now()));
    if (fault) return refuse(fault);
    if (typeof request === 'string') return refuse(request);
    const { fields } = request;
    const code = voice ? this.checkVoice(fields) : this.checkTemplate(fields);
    return code ? refuse(code) : this.accept(call, fields, voice);
  }

  protected refusal(statusCode: string, statusMsg: string, call: VendorCall): VendorAnswer {
    return writeRonglianAnswer(call, { statusCode, statusMsg });
  }

  private checkCommon(fields: Fields, known: ReadonlySet<string>): string | undefined {
    // The vendor ignores unknown fields; here one more is a mistake that must be seen.
    if (Object.keys(fields).some((name) => !known.has(name))) return '160031';
    if (!fields.to) return '160044';
    if (typeof fields.to !== 'string' || !/^1[3-9]\d{9}$/.test(fields.to)) return '160042';
    if (!fields.appId) return '111169';
    return fields.appId === this.options.appId ? undefined : '111182';
  }

  private checkTemplate(fields: Fields): string | undefined {
    const fault = this.checkCommon(fields, SMS_FIELDS);
    if (fault) return fault;
    const { templateId, datas = [], subAppend, reqId } = fields;
    if (!templateId) return '112307';
    if (!/^\d+$/.test(textOf(templateId))) return '160057';
    if (templateId !== this.options.templateId) return '160032';
    if (!Array.isArray(datas) || datas.some((item) => typeof item !== 'string')) return '160052';
    if (datas.length !== this.options.templateParamCount) return '160052';
    if (subAppend !== undefined && !/^\d{1,4}$/.test(textOf(subAppend))) return '160065';
    return reqId === undefined ? undefined : this.checkRequestId(textOf(reqId));
  }

  private checkRequestId(reqId: string): string | undefined {
    if (reqId.length > 32) return '160055';
    if (!/^[0-9A-Za-z]+$/.test(reqId)) return '160031';
    const day = new Date(this.options.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    const isNew = !this.requestIds.has(`${day} ${reqId}`);
    this.requestIds.add(`${day} ${reqId}`);
    return isNew ? undefined : '160054';
  }

  private checkVoice(fields: Fields): string | undefined {
    const fault = this.checkCommon(fields, VOICE_FIELDS);
    if (fault) return fault;
    if (!/^[0-9A-Za-z]{4,8}$/.test(textOf(fields.verifyCode))) return '160052';
    return fields.playTimes === undefined || /^[1-3]$/.test(textOf(fields.playTimes)) ? undefined : '160031';
  }

  private accept(call: VendorCall, fields: Fields, voice: boolean): Judgement {
    const providerMessageId = randomUUID().replaceAll('-', '');
    const params = voice ? [textOf(fields.verifyCode)] : ((fields.datas ?? []) as string[]);
    const clientMessageId = (voice ? fields.userData : fields.reqId) as string | undefined;
    const to = textOf(fields.to);
    const channel = voice ? 'voice' : 'sms';
    const details = {
      dateCreated: '20260101080000',
      [voice ? 'callSid' : 'smsMessageSid']: providerMessageId,
    };
    // Documented as `templateSMS` in JSON and `TemplateSMS` in XML.
    const isXml = call.headers.accept === 'application/xml';
    const node = voice ? 'VoiceVerify' : isXml ? 'TemplateSMS' : 'templateSMS';
    const answer = writeRonglianAnswer(call, { statusCode: '000000', [node]: details });
    return {
      answer,
      messages: [{ to, code: params[0] ?? '', channel, providerMessageId, params, clientMessageId }],
    };
  }
}

/** An object where a text belongs is as wrong as an empty text. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
