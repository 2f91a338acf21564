import type { ReadPush } from '../receipt-push';
import { readTencentPush } from './tencent-receipts';

const ENTRY = {
  user_receive_time: '2015-10-17 08:03:04',
  nationcode: '86',
  mobile: '13800138000',
  report_status: 'SUCCESS',
  errmsg: 'DELIVRD',
  description: '用户短信送达成功',
  sid: '5000:1045710669157053657849499619',
  ext: 'req-0001',
};
const MESSAGE_ID = '0197f5c6-1380-7013-8000-138001380001';

const read = (body: unknown) =>
  readTencentPush({ method: 'POST', text: JSON.stringify(body), query: new URLSearchParams() });
const receiptOf = (changes: object) => (read([{ ...ENTRY, ...changes }]) as ReadPush).receipts[0];

describe('readTencentPush', () => {
  it("reads the vendor's published example", () => {
    expect(read([ENTRY])).toEqual({
      receipts: [
        {
          provider: 'tencent',
          providerMessageId: ENTRY.sid,
          phone: '+8613800138000',
          status: 'delivered',
          vendorCode: 'DELIVRD',
          reportedAt: new Date('2015-10-17T00:03:04Z'),
        },
      ],
      replies: 0,
      ignored: 0,
      acknowledgement: { contentType: 'application/json', body: '{"result":0,"errmsg":"OK"}' },
    });
  });

  it('takes a single object for an array of one', () => {
    expect(read(ENTRY)).toEqual(read([ENTRY]));
  });

  it.each([
    ['SUCCESS', 'delivered'],
    ['success', 'delivered'],
    ['FAIL', 'undelivered'],
    ['WAIT', 'unknown'],
    [null, 'unknown'],
  ])('report_status %j is %s', (report_status, status) => {
    expect(receiptOf({ report_status }).status).toBe(status);
  });

  it('keeps the code of the carrier as it is', () => {
    expect(receiptOf({ report_status: 'FAIL', errmsg: '-106' })).toMatchObject({ vendorCode: '-106' });
    expect(receiptOf({ report_status: 'FAIL', errmsg: '002' })).toMatchObject({ vendorCode: '002' });
  });

  it('reads our message id where SessionContext is echoed', () => {
    expect(receiptOf({ ext: MESSAGE_ID }).messageId).toBe(MESSAGE_ID);
    expect(receiptOf({ ext: MESSAGE_ID, sid: '' })).not.toHaveProperty('providerMessageId');
  });

  it('puts country code and number together', () => {
    expect(receiptOf({ nationcode: '852', mobile: '51234567' }).phone).toBe('+85251234567');
    expect(receiptOf({ mobile: 'hidden' })).not.toHaveProperty('phone');
  });

  it('leaves out a time that is none', () => {
    expect(receiptOf({ user_receive_time: '' })).not.toHaveProperty('reportedAt');
  });

  it('counts replies of people and what it can find no message by', () => {
    const reply = {
      mobile: '13800138000',
      nationcode: '86',
      time: 1457336869,
      text: 'T',
      sign: 's',
      extend: '1',
    };
    expect(read(reply)).toMatchObject({ receipts: [], replies: 1, ignored: 0 });
    expect(read([reply, ENTRY, 7, null, {}, { ...ENTRY, sid: '', ext: '' }])).toMatchObject({
      receipts: [{ status: 'delivered' }],
      replies: 1,
      ignored: 4,
    });
    expect(read([])).toMatchObject({ receipts: [], replies: 0, ignored: 0 });
  });

  it.each([['"text"'], ['7'], ['null'], ['[{'], [''], ['<xml/>']])('has a fault for %j', (text) => {
    expect(readTencentPush({ method: 'POST', text, query: new URLSearchParams() })).toEqual({
      fault: expect.any(String),
    });
  });
});
