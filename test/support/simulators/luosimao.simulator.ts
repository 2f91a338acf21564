import { randomUUID } from 'node:crypto';

import { answerLuosimaoStatus } from './luosimao-account';
import type { VendorAnswer } from './simulator-faults';
import { VendorSimulator, type Judgement, type VendorCall } from './vendor-simulator';

export interface LuosimaoSimulatorOptions {
  readonly apiKey: string;
  readonly signature: string;
  readonly voiceApiKey: string;
  /** Numbers that get nothing. */
  readonly blacklist?: readonly string[];
  readonly port?: number;
}

/** Sample account: looks fake and is. */
export const LUOSIMAO_ACCOUNT: LuosimaoSimulatorOptions = {
  apiKey: 'aaaabbbbccccddddeeeeffff00001111',
  signature: '示例公司',
  voiceApiKey: '11110000ffffeeeeddddccccbbbbaaaa',
};

const WORDS: Readonly<Record<number, string>> = {
  [-10]: 'AUTH_FAIL',
  [-30]: 'EMPTY_MESSAGE',
  [-32]: 'NO_SIGNATURE',
  [-33]: 'TOO_LONG',
  [-34]: 'SIGNATURE_NOT_USABLE',
  [-40]: 'WRONG_MOBILE',
  [-41]: 'MOBILE_BLACKLISTED',
};

type Sending = 'single' | 'batch' | 'voice';

const SENDING: Readonly<Partial<Record<string, Sending>>> = {
  '/v1/send.json': 'single',
  '/v1/send_batch.json': 'batch',
  '/v1/verify.json': 'voice',
};
const FIELDS = { single: 'message,mobile', batch: 'message,mobile_list', voice: 'code,mobile' } as const;
const MOST_NUMBERS = 1_000;

/** Luosimao's SMS gateway (`/v1/send.json`, `/v1/send_batch.json`) and voice gateway (`/v1/verify.json`) at one address, and what is left. */
export class LuosimaoSimulator extends VendorSimulator {
  protected readonly vendor = 'luosimao';
  protected readonly missing = json({ msg: 'ok' });

  constructor(private readonly options: LuosimaoSimulatorOptions) {
    super();
  }

  static async start(options: Partial<LuosimaoSimulatorOptions> = {}): Promise<LuosimaoSimulator> {
    const simulator = new LuosimaoSimulator({ ...LUOSIMAO_ACCOUNT, ...options });
    await simulator.listen(options.port);
    return simulator;
  }

  protected judge(call: VendorCall): Judgement {
    if (call.path === '/v1/status.json') {
      return { answer: answerLuosimaoStatus(call, this.options, this.account) };
    }
    const sending = SENDING[call.path];
    if (!sending) return protocolFault(404);
    if (call.method !== 'POST') return protocolFault(405);
    const key = sending === 'voice' ? this.options.voiceApiKey : this.options.apiKey;
    if (call.headers.authorization !== `Basic ${btoa(`api:key-${key}`)}`) return refuse(-10);
    if (
      !/^application\/x-www-form-urlencoded(; ?charset=utf-8)?$/i.test(call.headers['content-type'] ?? '')
    ) {
      return protocolFault(415);
    }
    const form = new URLSearchParams(call.body);
    const numbers = numbersOf(form, sending);
    if (numbers.some((number) => !/^1[3-9]\d{9}$/.test(number))) return refuse(-40);
    // The vendor ignores other fields; here one more is a mistake that must be seen.
    if ([...form.keys()].sort().join() !== FIELDS[sending]) return protocolFault(400);
    if (numbers.length > MOST_NUMBERS || new Set(numbers).size < numbers.length) return protocolFault(400);
    if (numbers.some((number) => this.options.blacklist?.includes(number))) return refuse(-41);
    return sending === 'voice' ? this.call(form, numbers) : this.text(form, numbers);
  }

  protected refusal(code: string, text: string): VendorAnswer {
    return json({ error: Number(code), msg: text });
  }

  private text(form: URLSearchParams, to: string[]): Judgement {
    const message = form.get('message') ?? '';
    if (message.trim() === '') return refuse(-30);
    const signature = (/【([^】]+)】$/.exec(message) ?? /^【([^】]+)】/.exec(message))?.[1];
    if (!signature) return refuse(-32);
    if (message.length > 300) return refuse(-33);
    if (signature !== this.options.signature) return refuse(-34);
    // The code as a person finds it: the first run of digits that is long enough.
    const code = /\d{4,10}/.exec(message)?.[0] ?? '';
    return accept(to, { code, channel: 'sms', params: [message] });
  }

  private call(form: URLSearchParams, to: string[]): Judgement {
    const code = form.get('code') ?? '';
    if (!/^\d{4,10}$/.test(code)) return refuse(-30);
    return accept(to, { code, channel: 'voice', params: [code] });
  }
}

function numbersOf(form: URLSearchParams, sending: Sending): string[] {
  return sending === 'batch' ? (form.get('mobile_list') ?? '').split(',') : [form.get('mobile') ?? ''];
}

function accept(
  numbers: readonly string[],
  message: { code: string; channel: 'sms' | 'voice'; params: string[] },
): Judgement {
  const providerMessageId = randomUUID().replaceAll('-', '');
  const answer = json({ error: 0, msg: 'ok', batch_id: providerMessageId });
  return { answer, messages: numbers.map((to) => ({ to, ...message, providerMessageId })) };
}

function refuse(code: number): Judgement {
  return { answer: json({ error: code, msg: WORDS[code] }) };
}

/** The vendor documents no code for these: a client that meets one has a fault. */
function protocolFault(status: number): Judgement {
  return { answer: { status, type: 'text/plain', body: 'not this protocol' } };
}

function json(value: unknown): VendorAnswer {
  return { type: 'application/json', body: JSON.stringify(value) };
}
