import { isObject, parseObject, type JsonObject } from '../../common/json-object';
import type { ParsedPush, VendorPush } from '../receipt-push';
import type { Receipt } from '../sms-provider.interface';
import { readFlatXml } from './flat-xml';
import { beijingTime, carrierCode, echoedId, handset, segmentCount } from './receipt-fields';
import { messageIdOf } from './ronglian-request-id';
import { safeId } from './vendor-text';

/** Members of `Request` by lower-case name: documents and samples disagree on the case of node names. */
type Fields = ReadonlyMap<string, unknown>;

const IN_JSON = { contentType: 'application/json', body: '{"statusCode":"000000"}' };
const IN_XML = {
  contentType: 'application/xml',
  body: '<?xml version="1.0" encoding="UTF-8"?><Response><statuscode>000000</statuscode></Response>',
};

const VOICE_ACTIONS = new Set(['voicecode', 'sellingcall']);

/**
 * Reads what Ronglian pushes, one thing at a time: a receipt or a reply (`SMSArrived`), or how a call ended. JSON or
 * XML is told by the first character: results of calls come as `text/plain`.
 * Source: https://doc.yuntongxun.com/p/5a533e563b8496dd00dce0a7 for calls; for messages, pushes that others have shown.
 */
export function readRonglianPush({ text }: VendorPush): ParsedPush {
  const body = text.replace(/^\uFEFF/, '').trimStart();
  const isXml = body.startsWith('<');
  const fields = isXml ? xmlFields(body) : jsonFields(body);
  if (!fields) return { fault: 'neither JSON nor XML with a Request' };
  const isReply = isMessage(fields) && textOf(fields, 'smstype') === '0';
  const receipt = isReply ? undefined : receiptOf(fields);
  return {
    receipts: receipt ? [receipt] : [],
    replies: isReply ? 1 : 0,
    ignored: isReply || receipt ? 0 : 1,
    acknowledgement: isXml ? IN_XML : IN_JSON,
  };
}

function xmlFields(body: string): Fields | undefined {
  const leaves = readFlatXml(body, 'request');
  return leaves && new Map(leaves);
}

function jsonFields(body: string): Fields | undefined {
  const outer = parseObject(body);
  const request = outer && lowerCased(outer).get('request');
  return isObject(request) ? lowerCased(request) : undefined;
}

function lowerCased(node: JsonObject): Map<string, unknown> {
  return new Map(Object.entries(node).map(([name, value]) => [name.toLowerCase(), value]));
}

function textOf(fields: Fields, name: string): string {
  const value = fields.get(name);
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

function isMessage(fields: Fields): boolean {
  return textOf(fields, 'action').toLowerCase() === 'smsarrived';
}

function receiptOf(fields: Fields): Receipt | undefined {
  if (isMessage(fields)) return messageReceipt(fields);
  return VOICE_ACTIONS.has(textOf(fields, 'action').toLowerCase()) ? callReceipt(fields) : undefined;
}

function messageReceipt(fields: Fields): Receipt | undefined {
  const status = textOf(fields, 'status');
  const carrier = carrierCode(fields.get('delivercode'), status || 'NONE');
  const segments = segmentCount(fields.get('smscount'));
  return identified(fields.get('content'), messageIdOf(textOf(fields, 'reqid')), {
    ...found('phone', handset(fields.get('fromnum'))),
    status: messageStatus(status, carrier),
    vendorCode: carrier,
    ...found('reportedAt', beijingTime(fields.get('recvtime'))),
    ...found('segments', segments),
  });
}

function messageStatus(status: string, carrier: string): Receipt['status'] {
  if (status === '0' || (status === '' && carrier === 'DELIVRD')) return 'delivered';
  return status === '' ? 'unknown' : 'undelivered';
}

/** `state`: 0 talked, 1 not answered, 2 failed. */
function callReceipt(fields: Fields): Receipt | undefined {
  const state = textOf(fields, 'state');
  const status = state === '0' ? 'delivered' : /^[12]$/.test(state) ? 'undelivered' : 'unknown';
  return identified(fields.get('callsid'), echoedId(fields.get('userdata')), {
    ...found('phone', handset(fields.get('number'))),
    status,
    vendorCode: carrierCode(state),
  });
}

function identified(
  sid: unknown,
  messageId: string | undefined,
  rest: Omit<Receipt, 'provider' | 'providerMessageId' | 'messageId'>,
): Receipt | undefined {
  const providerMessageId = safeId(sid);
  if (!providerMessageId && !messageId) return undefined;
  return {
    provider: 'ronglian',
    ...found('providerMessageId', providerMessageId),
    ...found('messageId', messageId),
    ...rest,
  };
}

/** A member, if it has a value. */
function found<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);
}
