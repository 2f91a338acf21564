import type { JsonObject } from '../../common/json-object';
import { vendorUrl } from '../../common/vendor-url';
import type { Balance, ProviderCheck } from '../sms-provider.interface';
import {
  balanceCheck,
  passed,
  reached,
  readAccountReply,
  refusalCheck,
  type AccountAnswer,
  type RefusalRow,
} from './account-checks';
import { luosimaoAuthorization } from './luosimao-auth';
import type { VendorHttp } from './vendor-http';
import { DEFAULT_TIMEOUT_MS } from './vendor-params';

/** What of the provider's options its account needs. */
export interface LuosimaoAccess {
  readonly apiKey: string;
  readonly baseUrl?: string;
  readonly voiceApiKey?: string;
  readonly voiceBaseUrl?: string;
  readonly timeoutMs?: number;
}

/** Messages and calls are two products, each with a key, a gateway and a balance of its own. */
interface Product {
  readonly prefix: '' | 'voice ';
  readonly apiKey: string;
  readonly url: URL;
}

const REFUSALS: readonly RefusalRow[] = [
  [/^-10$/, 'fail', 'credentials', 'the API key is rejected', 'Copy the key from the console again'],
  [/^-11$/, 'fail', 'credentials', 'the API is switched off', 'Switch the API on in the console'],
  [/^-12$/, 'fail', 'balance', 'the balance is frozen', 'Ask the vendor to release it'],
  [/^-20$/, 'fail', 'balance', 'no messages are left', 'Buy messages in the console: nothing can be sent'],
  [
    /^-50$/,
    'fail',
    'addresses',
    'this machine is not on the account’s list of addresses',
    'Add its public address to the list in the console',
  ],
];

/**
 * The account at Luosimao: `GET /v1/status.json` (https://github.com/luosimao-oss) tells what is left. Signatures and
 * templates cannot be asked for: a wrong signature shows with the first message.
 */
export class LuosimaoAccount {
  constructor(
    private readonly access: LuosimaoAccess,
    private readonly http: VendorHttp,
  ) {}

  async balance(): Promise<Balance | undefined> {
    const reading = await this.ask(this.sms());
    return 'answer' in reading ? depositOf(reading.answer) : undefined;
  }

  async checkup(): Promise<ProviderCheck[]> {
    const checks = await Promise.all([this.sms(), ...this.voice()].map((product) => this.look(product)));
    return checks.flat();
  }

  private async look(product: Product): Promise<ProviderCheck[]> {
    const reading = await this.ask(product);
    const checks =
      'fault' in reading
        ? [reading.fault]
        : [reached(product.url.host), ...judge(reading.answer, product.apiKey)];
    return checks.map((check) => ({ ...check, subject: product.prefix + check.subject }));
  }

  private async ask({ url, apiKey }: Product): Promise<AccountAnswer> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = this.access;
    const headers = { authorization: luosimaoAuthorization(apiKey), accept: 'application/json' };
    return readAccountReply(await this.http.get({ url, headers, timeoutMs }), url.host);
  }

  private sms(): Product {
    const { apiKey, baseUrl = 'https://sms-api.luosimao.com' } = this.access;
    return { prefix: '', apiKey, url: vendorUrl(baseUrl, '/v1/status.json') };
  }

  private voice(): Product[] {
    const { voiceApiKey, voiceBaseUrl = 'https://voice-api.luosimao.com' } = this.access;
    if (!voiceApiKey) return [];
    return [{ prefix: 'voice ', apiKey: voiceApiKey, url: vendorUrl(voiceBaseUrl, '/v1/status.json') }];
  }
}

function judge(answer: JsonObject, apiKey: string): ProviderCheck[] {
  const accepted = passed('credentials', 'the API key is accepted');
  const left = depositOf(answer);
  const code = codeOf(answer);
  if (code === '0') return left ? [accepted, balanceCheck(left)] : [accepted];
  const refusal = refusalCheck(REFUSALS, 'account', { code, words: answer.msg, hidden: [apiKey] });
  return refusal.subject === 'balance' ? [accepted, refusal] : [refusal];
}

function codeOf({ error }: JsonObject): string {
  const text = typeof error === 'number' || typeof error === 'string' ? String(error).trim() : '';
  return /^-?\d{1,4}$/.test(text) ? String(Number(text)) : 'no code';
}

/** `deposit` is seen as a string and as a number. */
function depositOf(answer: JsonObject): Balance | undefined {
  const { deposit } = answer;
  const text = typeof deposit === 'number' || typeof deposit === 'string' ? String(deposit).trim() : '';
  if (codeOf(answer) === '-20') return { left: 0, unit: 'messages' };
  return codeOf(answer) === '0' && /^-?\d{1,12}$/.test(text)
    ? { left: Number(text), unit: 'messages' }
    : undefined;
}
