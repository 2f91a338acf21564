import { randomUUID } from 'node:crypto';

import { answerRonglianAccount, isRonglianAccountCall } from './ronglian-account';
import {
  RONGLIAN_OPERATIONS,
  type Fields,
  type RonglianApplication,
  type RonglianOperation,
} from './ronglian-operations';
import { checkRonglianAuth, readRonglianRequest } from './ronglian-request';
import { writeRonglianAnswer } from './ronglian-response';
import { SimulatedAccount } from './simulated-account';
import type { VendorAnswer } from './simulator-faults';
import { VendorSimulator, type Judgement, type VendorCall } from './vendor-simulator';

export interface RonglianSimulatorOptions extends RonglianApplication {
  readonly accountSid: string;
  readonly authToken: string;
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

/** Ronglian's calls that send something, JSON and XML, and those that look at the account. */
export class RonglianSimulator extends VendorSimulator {
  protected readonly vendor = 'ronglian';
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
    const sending = RONGLIAN_OPERATIONS[operation];
    if (call.method !== 'POST' || !sending) return refuse('112602');
    const request = readRonglianRequest(call, sending.root);
    const fault = checkRonglianAuth(call, this.options, this.account.clock(this.options.now()));
    if (fault) return refuse(fault);
    if (typeof request === 'string') return refuse(request);
    const { fields } = request;
    const code =
      this.checkCommon(fields, sending.fields) ??
      sending.check(fields, this.options) ??
      this.checkRequestId(fields.reqId);
    return code ? refuse(code) : this.accept(call, fields, sending);
  }

  protected refusal(statusCode: string, statusMsg: string, call: VendorCall): VendorAnswer {
    return writeRonglianAnswer(call, { statusCode, statusMsg });
  }

  private checkCommon(fields: Fields, known: ReadonlySet<string>): string | undefined {
    // The vendor ignores unknown fields; here one more is a mistake that must be seen.
    if (Object.keys(fields).some((name) => !known.has(name))) return '160031';
    if (!fields.to) return '160044';
    if (!fields.appId) return '111169';
    return fields.appId === this.options.appId ? undefined : '111182';
  }

  private checkRequestId(reqId: unknown): string | undefined {
    if (reqId === undefined) return undefined;
    if (typeof reqId !== 'string' || !/^[0-9A-Za-z]+$/.test(reqId)) return '160031';
    if (reqId.length > 32) return '160055';
    const day = new Date(this.options.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    const isNew = !this.requestIds.has(`${day} ${reqId}`);
    this.requestIds.add(`${day} ${reqId}`);
    return isNew ? undefined : '160054';
  }

  private accept(call: VendorCall, fields: Fields, { root, messages }: RonglianOperation): Judgement {
    const providerMessageId = randomUUID().replaceAll('-', '');
    const isSms = root === 'TemplateSMS';
    const details = {
      dateCreated: '20260101080000',
      [isSms ? 'smsMessageSid' : 'callSid']: providerMessageId,
    };
    // Documented as `templateSMS` in JSON and `TemplateSMS` in XML.
    const isXml = call.headers.accept === 'application/xml';
    const node = isSms && !isXml ? 'templateSMS' : root;
    return {
      answer: writeRonglianAnswer(call, { statusCode: '000000', [node]: details }),
      messages: messages(fields).map((message) => ({ ...message, providerMessageId })),
    };
  }
}
