import { isObject, type JsonObject } from '../../common/json-object';
import type { ParsedPush, VendorPush } from '../receipt-push';
import type { Receipt } from '../sms-provider.interface';
import { beijingTime, carrierCode, echoedId, handset } from './receipt-fields';
import { safeId } from './vendor-text';

const ACKNOWLEDGEMENT = { contentType: 'application/json', body: '{"result":0,"errmsg":"OK"}' };

/**
 * Reads what Tencent Cloud pushes: an array of up to a hundred receipts, or one reply of a person.
 * Source: https://cloud.tencent.com/document/api/382/59178
 */
export function readTencentPush({ text }: VendorPush): ParsedPush {
  const entries = entriesOf(text);
  if (!entries) return { fault: 'neither a JSON array nor an object' };
  const objects = entries.filter(isObject);
  const reports = objects.filter((entry) => !isReply(entry));
  const receipts = reports.map(receiptOf).filter((receipt) => receipt !== undefined);
  const replies = objects.length - reports.length;
  return {
    receipts,
    replies,
    ignored: entries.length - receipts.length - replies,
    acknowledgement: ACKNOWLEDGEMENT,
  };
}

function entriesOf(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value as unknown[];
    return isObject(value) ? [value] : undefined;
  } catch {
    return undefined;
  }
}

function isReply(entry: JsonObject): boolean {
  return 'text' in entry && !('report_status' in entry);
}

function receiptOf(entry: JsonObject): Receipt | undefined {
  const providerMessageId = safeId(entry.sid);
  // SessionContext, which the vendor's support has to switch on.
  const messageId = echoedId(entry.ext);
  if (!('report_status' in entry) || (!providerMessageId && !messageId)) return undefined;
  const phone = handset(entry.mobile, entry.nationcode);
  const reportedAt = beijingTime(entry.user_receive_time);
  return {
    provider: 'tencent',
    ...(providerMessageId && { providerMessageId }),
    ...(messageId && { messageId }),
    ...(phone && { phone }),
    status: statusOf(entry.report_status),
    vendorCode: carrierCode(entry.errmsg),
    ...(reportedAt && { reportedAt }),
  };
}

function statusOf(reported: unknown): Receipt['status'] {
  const status = typeof reported === 'string' ? reported.trim().toUpperCase() : '';
  if (status === 'SUCCESS') return 'delivered';
  return status === 'FAIL' ? 'undelivered' : 'unknown';
}
