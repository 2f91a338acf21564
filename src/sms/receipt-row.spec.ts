import { createHash, randomBytes } from 'node:crypto';
import type { Phone } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import { Secrets } from '../common/secrets';
import { receiptRow } from './receipt-row';
import type { Receipt } from './sms-provider.interface';

const vault = new PhoneVault(new Secrets(randomBytes(32)));
const RECEIPT: Receipt = {
  provider: 'tencent',
  providerMessageId: '5000:1045710669157053657849499619',
  phone: '+8613800138000' as Phone,
  status: 'delivered',
  vendorCode: 'DELIVRD',
  reportedAt: new Date('2026-11-21T08:00:00Z'),
};

const digestOf = (changes: Partial<Receipt>) =>
  receiptRow({ ...RECEIPT, ...changes }, vault).digest.toString('hex');

describe('receiptRow', () => {
  it('gives the same digest to what comes again', () => {
    expect(digestOf({})).toBe(digestOf({}));
    expect(digestOf({ reportedAt: new Date(), segments: 2 })).toBe(digestOf({}));
  });

  it.each<[string, Partial<Receipt>]>([
    ['gateway', { provider: 'ronglian' }],
    ['message', { providerMessageId: '5000:1' }],
    ['number', { phone: '+8613800138001' as Phone }],
    ['fate', { status: 'undelivered' }],
    ['code', { vendorCode: '002' }],
    ['echo', { messageId: '0197f5c6-1380-7013-8000-138001380001' }],
  ])('gives another to another %s', (_, changes) => {
    expect(digestOf(changes)).not.toBe(digestOf({}));
  });

  it('keeps no number, neither plain nor as a digest that anybody could find it by', () => {
    const row = receiptRow(RECEIPT, vault);
    const fields = ['tencent', RECEIPT.providerMessageId, null, RECEIPT.phone, 'delivered', 'DELIVRD'];
    expect(JSON.stringify(row)).not.toContain('13800138000');
    expect(row.digest).not.toEqual(createHash('sha256').update(JSON.stringify(fields)).digest());
    expect(row.phone_index).toEqual(vault.index(RECEIPT.phone!));
  });

  it('keeps what fits into its columns', () => {
    const row = receiptRow({ ...RECEIPT, vendorCode: `\0${'x'.repeat(500)}` }, vault);
    expect(row.vendor_code).toBe('x'.repeat(128));
  });
});
