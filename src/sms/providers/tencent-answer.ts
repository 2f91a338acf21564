import { isObject, parseObject, type JsonObject } from '../../common/json-object';
import type { Phone } from '../../common/phone';
import type { SmsOutcome } from '../sms-provider.interface';
import { classifyTencent } from './tencent-codes';
import { outcomeOf, unreadable } from './vendor-outcome';
import { safeId, safeText } from './vendor-text';

/**
 * Reads the answer of `SendSms`: `Response.Error` first, then the entry of each number.
 * @param hidden values that must not come back in the vendor's words
 * @returns one outcome for each number, in their order
 */
export function readTencentAnswer(
  text: string,
  phones: readonly Phone[],
  hidden: readonly string[] = [],
): SmsOutcome[] {
  const response = parseObject(text)?.Response;
  if (!isObject(response)) return phones.map(() => unreadable());
  const requestId = safeId(response.RequestId);
  if ('Error' in response) return phones.map(() => refusal(response.Error, requestId, hidden));
  const set: unknown[] = Array.isArray(response.SendStatusSet) ? response.SendStatusSet : [];
  // By number and not by position; an answer without a number says nothing about its message.
  const entries = new Map(set.filter(isObject).map((entry) => [canonical(entry.PhoneNumber), entry]));
  return phones.map((phone) => {
    const entry = entries.get(phone);
    if (!entry) return unreadable();
    return isOk(entry) ? accepted(entry) : refusal(entry, requestId, hidden);
  });
}

function isOk(entry: JsonObject): boolean {
  return typeof entry.Code === 'string' && entry.Code.toLowerCase() === 'ok';
}

function accepted(entry: JsonObject): SmsOutcome {
  const providerMessageId = safeId(entry.SerialNo);
  const isFee = typeof entry.Fee === 'number' && Number.isInteger(entry.Fee) && entry.Fee >= 0;
  return {
    kind: 'accepted',
    vendorCode: 'Ok',
    ...(providerMessageId && { providerMessageId }),
    ...(isFee && { segments: entry.Fee as number }),
  };
}

function refusal(error: unknown, vendorRequestId: string | undefined, hidden: readonly string[]): SmsOutcome {
  const { Code: code, Message: message }: JsonObject = isObject(error) ? error : {};
  if (typeof code !== 'string' || !/^[A-Za-z][A-Za-z.]{1,99}$|^\d{4,5}$/.test(code)) return unreadable();
  const vendorText = safeText(message, hidden);
  return outcomeOf(classifyTencent(code), code, { vendorText, vendorRequestId });
}

/** Answers spell numbers with and without `+`, `00` and country code. */
function canonical(spelling: unknown): string | undefined {
  if (typeof spelling !== 'string' && typeof spelling !== 'number') return undefined;
  const digits = String(spelling).replace(/\D/g, '').replace(/^00/, '');
  return /^1[3-9]\d{9}$/.test(digits) && !String(spelling).startsWith('+') ? `+86${digits}` : `+${digits}`;
}
