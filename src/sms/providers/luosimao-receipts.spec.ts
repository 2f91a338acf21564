import type { ReadPush, VendorPush } from '../receipt-push';
import { luosimaoPushReader } from './luosimao-receipts';

const BATCH = 'ff8080813c373cab013c94b0f0512345';
const FIELDS = { batch_id: BATCH, mobile: '13800138000', status: 'DELIVRD' };
const RECEIPT = {
  provider: 'luosimao',
  providerMessageId: BATCH,
  phone: '+8613800138000',
  status: 'delivered',
  vendorCode: 'DELIVRD',
};

const push = (changes: Partial<VendorPush>): VendorPush => ({
  method: 'POST',
  text: '',
  query: new URLSearchParams(),
  ...changes,
});
const read = luosimaoPushReader();
const receiptOf = (status: string, reader = read) =>
  (reader(push({ text: JSON.stringify({ ...FIELDS, status }) })) as ReadPush).receipts[0];

describe('luosimaoPushReader', () => {
  it.each([
    ['a query', push({ method: 'GET', query: new URLSearchParams(FIELDS) })],
    ['the query of a POST without a body', push({ query: new URLSearchParams(FIELDS) })],
    ['a form', push({ text: new URLSearchParams(FIELDS).toString() })],
    ['a form with the query of something else', push({ text: String(new URLSearchParams(FIELDS)) })],
    ['JSON', push({ text: JSON.stringify(FIELDS) })],
    ['JSON behind a mark of its byte order', push({ text: `\uFEFF${JSON.stringify([FIELDS])}` })],
  ])('reads %s', (_, given) => {
    expect(read(given)).toEqual({
      receipts: [RECEIPT],
      replies: 0,
      ignored: 0,
      acknowledgement: { contentType: 'text/plain', body: 'ok' },
    });
  });

  it.each(['DELIVRD', 'delivrd', '0', '1', 'success', 'SUCCESS'])('takes %s for delivered', (status) => {
    expect(receiptOf(status)).toMatchObject({ status: 'delivered', vendorCode: status });
  });

  it.each(['UNDELIV', 'FAIL', '2', '-1', '', 'toString', '__proto__'])(
    'does not guess what %j means',
    (status) => {
      expect(receiptOf(status).status).toBe('unknown');
    },
  );

  it('reads values by a table of the operator', () => {
    const reader = luosimaoPushReader({ '10': 'delivered', undeliv: 'undelivered' });
    expect(receiptOf('UNDELIV', reader).status).toBe('undelivered');
    expect(receiptOf('10', reader).status).toBe('delivered');
    expect(receiptOf('DELIVRD', reader).status).toBe('unknown');
  });

  it('takes several at once', () => {
    expect(
      read(push({ text: JSON.stringify([FIELDS, { ...FIELDS, mobile: '13900139000' }]) })),
    ).toMatchObject({
      receipts: [RECEIPT, { ...RECEIPT, phone: '+8613900139000' }],
    });
  });

  it('counts replies, and what it can find no message by', () => {
    const reply = new URLSearchParams({ mobile: '13800138000', message: 'TD' });
    expect(read(push({ text: String(reply) }))).toMatchObject({ receipts: [], replies: 1, ignored: 0 });
    expect(read(push({ method: 'GET', query: reply }))).toMatchObject({ replies: 1 });
    expect(read(push({ text: JSON.stringify([{ mobile: '13800138000', status: '0' }, 7]) }))).toMatchObject({
      receipts: [],
      ignored: 1,
    });
  });

  it('answers a look at the address from the console', () => {
    expect(read(push({ method: 'GET' }))).toMatchObject({ receipts: [], acknowledgement: { body: 'ok' } });
  });

  it.each([['{"batch_id":'], ['hello'], ['<xml/>']])('has a fault for %j', (text) => {
    expect(read(push({ text }))).toEqual({ fault: expect.any(String) });
  });
});
