import { isObject, parseObject, type JsonObject } from '../../common/json-object';
import type { SmsOutcome } from '../sms-provider.interface';
import { readFlatXml } from './flat-xml';
import { classifyRonglian } from './ronglian-codes';
import { outcomeOf, unreadable } from './vendor-outcome';
import { safeId, safeText } from './vendor-text';

/** Leaves of an answer by lower-case name: documents and samples disagree on the case of node names. */
type Leaves = ReadonlyMap<string, unknown>;

/**
 * Reads the answer of `SMS/TemplateSMS` or `Calls/VoiceVerify`, JSON or XML, whichever came.
 * @param hidden values that must not come back in the vendor's words
 * @param repeats an earlier call for the same message ended unknown
 */
export function readRonglianAnswer(
  text: string,
  hidden: readonly string[] = [],
  repeats = false,
): SmsOutcome {
  const leaves = text.trimStart().startsWith('<') ? xmlLeaves(text) : jsonLeaves(text);
  const status = leaves?.get('statuscode');
  // Success is this very text: as a number it would be 0, which other gateways use for other things.
  if (status === '000000') {
    const providerMessageId = safeId(leaves?.get('smsmessagesid') ?? leaves?.get('callsid'));
    return { kind: 'accepted', vendorCode: '000000', ...(providerMessageId && { providerMessageId }) };
  }
  const code = typeof status === 'number' || typeof status === 'string' ? String(status).trim() : '';
  if (!/^[1-9]\d{2,5}$/.test(code)) return unreadable();
  return outcomeOf(classifyRonglian(code, repeats), code, {
    vendorText: safeText(leaves?.get('statusmsg'), hidden),
  });
}

function jsonLeaves(text: string): Leaves | undefined {
  const answer = parseObject(text);
  if (!answer) return undefined;
  const inner = Object.values(answer).filter(isObject).flatMap(lowerCased);
  // Only the outer object's code speaks for the answer.
  return new Map([...inner.filter(([name]) => name !== 'statuscode'), ...lowerCased(answer)]);
}

function lowerCased(node: JsonObject): [string, unknown][] {
  return Object.entries(node).map(([name, value]) => [name.toLowerCase(), value]);
}

function xmlLeaves(text: string): Leaves | undefined {
  const leaves = readFlatXml(text, 'response');
  const codes = new Set(leaves?.filter(([name]) => name === 'statuscode').map(([, code]) => code));
  // Two different codes in one answer: nobody can say which one holds.
  return leaves && codes.size < 2 ? new Map(leaves) : undefined;
}
