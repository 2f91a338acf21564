import { setTimeout as sleep } from 'node:timers/promises';
import type { RefusalClass, SmsOutcome } from '../sms-provider.interface';

/** What the numbers +86 190 0000 0001 to 0009 have happen, for clients that are being developed. */
const REFUSALS: Readonly<Record<string, readonly [refusal: RefusalClass, words: string]>> = {
  '+8619000000001': ['C', 'bad number'],
  '+8619000000002': ['L', 'too many to this number'],
  '+8619000000003': ['K', 'number is on a blacklist'],
  '+8619000000004': ['B', 'out of balance'],
  '+8619000000005': ['G', 'signature not approved'],
  '+8619000000006': ['R', 'busy'],
};
/** No answer in time. */
const TIMES_OUT = '+8619000000007';
/** Taken, after three seconds. */
const SLOW = '+8619000000008';
/** Cut off; later the gateway says that it was delivered. */
export const LOST_AND_DELIVERED = '+8619000000009';

const SLOW_MS = 3_000;

/** @returns what a number simulates, as far as it simulates something else than being taken at once */
export async function inboxFault(phone: string, timeoutMs: number): Promise<SmsOutcome | undefined> {
  const refused = REFUSALS[phone];
  if (refused) {
    const [refusal, vendorText] = refused;
    return { kind: 'refused', refusal, vendorCode: `MAGIC_${phone.slice(-2)}`, vendorText };
  }
  if (phone === TIMES_OUT) {
    await sleep(timeoutMs);
    return { kind: 'unknown', reason: 'timeout', vendorCode: 'MAGIC_07' };
  }
  if (phone === LOST_AND_DELIVERED) return { kind: 'unknown', reason: 'cut', vendorCode: 'MAGIC_09' };
  if (phone === SLOW) await sleep(SLOW_MS);
  return undefined;
}
