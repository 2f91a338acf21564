import type { ReadPush } from '../receipt-push';
import { readRonglianPush } from './ronglian-receipts';
import { ronglianRequestId } from './ronglian-request-id';

const MESSAGE_ID = '0197f5c6-1380-7013-8000-138001380001';
const SID = 'ff8080813c373cab013c94b0f0512345';
const FIELDS = {
  action: 'SMSArrived',
  smsType: '1',
  apiVersion: '2013-12-26',
  content: SID,
  fromNum: '13912345678',
  dateSent: '20130923010000',
  deliverCode: 'DELIVRD',
  recvTime: '20130923010010',
  status: '0',
  reqId: '123',
  smsCount: '2',
};
const RECEIPT = {
  provider: 'ronglian',
  providerMessageId: SID,
  phone: '+8613912345678',
  status: 'delivered',
  vendorCode: 'DELIVRD',
  reportedAt: new Date('2013-09-22T17:00:10Z'),
  segments: 2,
};
const IN_JSON = { contentType: 'application/json', body: '{"statusCode":"000000"}' };
const IN_XML = {
  contentType: 'application/xml',
  body: '<?xml version="1.0" encoding="UTF-8"?><Response><statuscode>000000</statuscode></Response>',
};

const push = (text: string) =>
  readRonglianPush({ method: 'POST', contentType: 'text/plain', text, query: new URLSearchParams() });
const asJson = (fields: object) => JSON.stringify({ Request: fields });
const asXml = (fields: object, root = 'Request') =>
  `<?xml version="1.0" encoding="UTF-8"?><${root}>${Object.entries(fields)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('')}</${root}>`;
const receiptOf = (fields: object) => (push(asJson(fields)) as ReadPush).receipts[0];

describe('readRonglianPush', () => {
  it.each([
    ['JSON', asJson(FIELDS), IN_JSON],
    ['JSON whose node is in lower case', JSON.stringify({ request: FIELDS }), IN_JSON],
    ['XML', asXml(FIELDS), IN_XML],
    ['XML whose root is in lower case', asXml(FIELDS, 'request'), IN_XML],
    ['XML behind a mark of its byte order', `\uFEFF\n${asXml(FIELDS)}`, IN_XML],
  ])('reads %s and answers alike', (_, text, acknowledgement) => {
    expect(push(text)).toEqual({ receipts: [RECEIPT], replies: 0, ignored: 0, acknowledgement });
  });

  it.each([
    ['a message', ronglianRequestId(MESSAGE_ID)],
    ['its second submission', ronglianRequestId(MESSAGE_ID, 2)],
    ['a message, in capitals', ronglianRequestId(MESSAGE_ID).toUpperCase()],
  ])('knows %s by the reqId that comes back', (_, reqId) => {
    expect(receiptOf({ ...FIELDS, reqId })).toEqual({ ...RECEIPT, messageId: MESSAGE_ID });
  });

  it.each([
    ['0', 'DELIVRD', 'delivered', 'DELIVRD'],
    ['1', 'UNDELIV', 'undelivered', 'UNDELIV'],
    ['1', '', 'undelivered', '1'],
    ['', 'DELIVRD', 'delivered', 'DELIVRD'],
    ['', 'EXPIRED', 'unknown', 'EXPIRED'],
  ])('status %j with deliverCode %j is %s', (status, deliverCode, expected, vendorCode) => {
    expect(receiptOf({ ...FIELDS, status, deliverCode })).toMatchObject({ status: expected, vendorCode });
  });

  it('counts a reply and drops it', () => {
    const reply = { ...FIELDS, smsType: '0', content: 'ff8080813c373cab013c94b0f0512345' };
    expect(push(asJson(reply))).toMatchObject({ receipts: [], replies: 1, ignored: 0 });
    expect(push(asXml({ ...reply, content: '<![CDATA[<b>TD</b>]]>' }))).toMatchObject({ replies: 1 });
  });

  it.each([
    ['VoiceCode', 'Request', '0', 'delivered'],
    ['VoiceCode', 'Request', '1', 'undelivered'],
    ['VoiceCode', 'Request', '2', 'undelivered'],
    ['VoiceCode', 'Request', '7', 'unknown'],
    ['SellingCall', 'request', '0', 'delivered'],
  ])('reads how a call ended: %s in %s, state %s', (action, root, state, status) => {
    const fields = {
      action,
      number: '13800000000',
      callSid: '1307241452320369000100030000002f',
      state,
      duration: '30',
      userData: MESSAGE_ID,
    };
    expect(push(asXml(fields, root))).toEqual({
      receipts: [
        {
          provider: 'ronglian',
          providerMessageId: '1307241452320369000100030000002f',
          messageId: MESSAGE_ID,
          phone: '+8613800000000',
          status,
          vendorCode: state,
        },
      ],
      replies: 0,
      ignored: 0,
      acknowledgement: IN_XML,
    });
  });

  it.each([
    ['a report of another kind', { action: 'CallEstablish', callSid: SID }],
    ['a receipt of nothing', { ...FIELDS, content: '', reqId: '' }],
  ])('acknowledges %s', (_, fields) => {
    expect(push(asJson(fields))).toMatchObject({ receipts: [], ignored: 1, acknowledgement: IN_JSON });
  });

  it.each([
    ['an empty body', ''],
    ['JSON without a request', '{"a":1}'],
    ['a list', '[]'],
    ['cut JSON', '{"Request":{"action":"SMS'],
    ['cut XML', asXml(FIELDS).slice(0, -5)],
    ['XML with a document type', `<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>${asXml(FIELDS)}`],
    ['a web page', '<html><action>SMSArrived</action></html>'],
    ['a form', 'action=SMSArrived'],
  ])('has a fault for %s', (_, text) => {
    expect(push(text)).toEqual({ fault: expect.any(String) });
  });
});
