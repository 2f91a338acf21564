import type { SimulatedAccount } from './simulated-account';
import type { VendorAnswer } from './simulator-faults';
import type { VendorCall } from './vendor-simulator';

export interface LuosimaoKeys {
  readonly apiKey: string;
  readonly voiceApiKey: string;
}

/** Luosimao's `GET /v1/status.json`: what is left for the product whose key is shown. */
export function answerLuosimaoStatus(
  call: VendorCall,
  keys: LuosimaoKeys,
  { settings }: SimulatedAccount,
): VendorAnswer {
  const json = (value: object): VendorAnswer => ({ type: 'application/json', body: JSON.stringify(value) });
  if (call.method !== 'GET') return { status: 405, type: 'text/plain', body: 'not this protocol' };
  const product = productOf(call.headers.authorization, keys);
  if (!product) return json({ error: -10, msg: 'AUTH_FAIL' });
  if (!settings.addressAllowed) return json({ error: -50, msg: 'IP_NOT_ALLOWED' });
  const deposit = product === 'voice' ? settings.voiceDeposit : settings.deposit;
  return json(deposit === null ? { error: 0 } : { error: 0, deposit: String(deposit) });
}

function productOf(authorization: string | undefined, keys: LuosimaoKeys): 'sms' | 'voice' | undefined {
  if (authorization === `Basic ${btoa(`api:key-${keys.apiKey}`)}`) return 'sms';
  return authorization === `Basic ${btoa(`api:key-${keys.voiceApiKey}`)}` ? 'voice' : undefined;
}
