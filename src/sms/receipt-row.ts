import { createHash } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { PhoneVault } from '../common/phone-vault';
import type { ReceiptRow } from './receipt-statements';
import type { Receipt } from './sms-provider.interface';

/** A receipt as it is kept. */
export function receiptRow(receipt: Receipt, vault: PhoneVault): ReceiptRow {
  const { provider, phone, status } = receipt;
  const row = {
    provider,
    provider_message_id: storable(receipt.providerMessageId),
    message_id: receipt.messageId ?? null,
    phone_index: phone === undefined ? null : vault.index(phone),
    status,
    vendor_code: storable(receipt.vendorCode) ?? '',
  };
  return {
    ...row,
    id: uuidv7(),
    digest: digestOf(row),
    segments: receipt.segments ?? null,
    reported_at: receipt.reportedAt ?? null,
  };
}

/**
 * What tells one report from another. Times are left out: a gateway may write a new one into what it sends again. The
 * number stands by its keyed index, because anybody could try all numbers against a plain digest.
 */
function digestOf(
  row: Pick<ReceiptRow, 'provider' | 'status' | 'vendor_code'> & Partial<ReceiptRow>,
): Buffer {
  const { provider, provider_message_id, message_id, phone_index, status, vendor_code } = row;
  const fields = [
    provider,
    provider_message_id,
    message_id,
    phone_index?.toString('hex'),
    status,
    vendor_code,
  ];
  return createHash('sha256')
    .update(JSON.stringify(fields.map((field) => field ?? null)))
    .digest();
}

function storable(text: string | undefined): string | null {
  return text?.replaceAll('\0', '').slice(0, 128) ?? null;
}
