import { isObject, type JsonObject } from '../../common/json-object';
import type { ParsedPush, PushReader, VendorPush } from '../receipt-push';
import type { Receipt } from '../sms-provider.interface';
import { carrierCode, handset } from './receipt-fields';
import { safeId } from './vendor-text';

/** What a value of `status` means, in any case. */
export type LuosimaoStatuses = Readonly<Record<string, Receipt['status']>>;

/** The vendor documents none. These are what carriers and other gateways say for "delivered". */
export const LUOSIMAO_STATUSES: LuosimaoStatuses = {
  DELIVRD: 'delivered',
  '0': 'delivered',
  '1': 'delivered',
  success: 'delivered',
};

type Meanings = ReadonlyMap<string, Receipt['status']>;

const ACKNOWLEDGEMENT = { contentType: 'text/plain', body: 'ok' };

/**
 * Reads what Luosimao pushes: `batch_id`, `mobile`, `status` for a receipt; `mobile`, `message` for a reply. Known from
 * a port of an old PHP class only, which says neither method nor encoding: query, form and JSON are all taken.
 */
export function luosimaoPushReader(statuses: LuosimaoStatuses = LUOSIMAO_STATUSES): PushReader {
  const meanings = new Map(Object.entries(statuses).map(([value, status]) => [value.toLowerCase(), status]));
  return (push): ParsedPush => {
    const entries = entriesOf(push);
    if (!entries) return { fault: 'neither a form nor JSON' };
    const receipts = entries.flatMap((entry) => receiptOf(entry, meanings) ?? []);
    const replies = entries.filter((entry) => !('status' in entry) && 'message' in entry).length;
    return {
      receipts,
      replies,
      ignored: entries.length - receipts.length - replies,
      acknowledgement: ACKNOWLEDGEMENT,
    };
  };
}

function entriesOf({ text, query }: VendorPush): JsonObject[] | undefined {
  const body = text.replace(/^\uFEFF/, '').trim();
  if (body === '') return query.size > 0 ? [Object.fromEntries(query)] : [];
  if (/^[[{]/.test(body)) return jsonEntries(body);
  const form = new URLSearchParams(body);
  return form.has('mobile') || form.has('batch_id') ? [Object.fromEntries(form)] : undefined;
}

function jsonEntries(body: string): JsonObject[] | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return [value].flat().filter(isObject);
  } catch {
    return undefined;
  }
}

function receiptOf(entry: JsonObject, meanings: Meanings): Receipt | undefined {
  const providerMessageId = safeId(entry.batch_id);
  if (!providerMessageId || !('status' in entry)) return undefined;
  const phone = handset(entry.mobile);
  const vendorCode = carrierCode(entry.status);
  return {
    provider: 'luosimao',
    providerMessageId,
    ...(phone && { phone }),
    status: meanings.get(vendorCode.toLowerCase()) ?? 'unknown',
    vendorCode,
  };
}
