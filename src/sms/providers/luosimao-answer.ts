import { parseObject } from '../../common/json-object';
import type { SmsOutcome } from '../sms-provider.interface';
import { classifyLuosimao } from './luosimao-codes';
import { outcomeOf, unreadable } from './vendor-outcome';
import { safeId, safeText } from './vendor-text';

/** @param hidden values that must not come back in the vendor's words */
export function readLuosimaoAnswer(text: string, hidden: readonly string[] = []): SmsOutcome {
  const answer = parseObject(text);
  // The key is `error`. Number() alone would take null, '' and [] for 0, that is for "accepted".
  const error = typeof answer?.error === 'number' ? String(answer.error) : answer?.error;
  if (!answer || typeof error !== 'string' || !/^\s*-?\d{1,4}\s*$/.test(error)) return unreadable();
  if (Number(error) === 0) {
    const providerMessageId = safeId(answer.batch_id);
    return { kind: 'accepted', vendorCode: '0', ...(providerMessageId && { providerMessageId }) };
  }
  const code = String(Number(error));
  const hit = safeText(answer.hit, hidden);
  const words = safeText(answer.msg, hidden);
  return outcomeOf(classifyLuosimao(code), code, {
    vendorText: hit ? `${words ?? ''} (hit: ${hit})` : words,
  });
}
