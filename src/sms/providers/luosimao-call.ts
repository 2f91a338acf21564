import type { SmsOutcome } from '../sms-provider.interface';
import { readLuosimaoAnswer } from './luosimao-answer';
import { luosimaoAuthorization } from './luosimao-auth';
import type { VendorHttp } from './vendor-http';
import { readReply } from './vendor-outcome';
import { DEFAULT_TIMEOUT_MS } from './vendor-params';

export interface LuosimaoCall {
  readonly url: URL;
  /** Messages and calls are two products with a key each. */
  readonly apiKey: string;
  readonly form: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Posts one form to one of the vendor's gateways, and reads its answer. */
export async function callLuosimao(
  http: VendorHttp,
  { url, apiKey, form, timeoutMs = DEFAULT_TIMEOUT_MS }: LuosimaoCall,
): Promise<SmsOutcome> {
  const reply = await http.post({
    url,
    headers: {
      authorization: luosimaoAuthorization(apiKey),
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: new URLSearchParams(form).toString(),
    timeoutMs,
  });
  const text = readReply(reply, 'R');
  return typeof text === 'string' ? readLuosimaoAnswer(text, [apiKey, ...Object.values(form)]) : text;
}
