import { readRonglianAnswer } from './ronglian-answer';

const SID = 'ff8080813c373cab013c94b0f0512345';
const UNREADABLE = { kind: 'unknown', reason: 'unreadable' };

describe('readRonglianAnswer', () => {
  it.each([
    [
      'JSON',
      `{"statusCode":"000000","templateSMS":{"dateCreated":"20130201155306","smsMessageSid":"${SID}"}}`,
    ],
    ['JSON in other letters', `{"statuscode":"000000","TemplateSMS":{"smsmessagesid":"${SID}"}}`],
    [
      'XML',
      `<?xml version="1.0" encoding="UTF-8"?>\n<Response><statusCode>000000</statusCode><TemplateSMS><dateCreated>20130201155306</dateCreated><smsMessageSid>${SID}</smsMessageSid></TemplateSMS></Response>\n`,
    ],
    [
      'XML in other letters',
      `<response><statuscode>000000</statuscode><smsMessageSid>${SID}</smsMessageSid></response>`,
    ],
    [
      'a voice answer',
      `{"statusCode":"000000","VoiceVerify":{"callSid":"${SID}","dateCreated":"20130201155306"}}`,
    ],
  ])('reads success: %s', (_, text) => {
    expect(readRonglianAnswer(text)).toEqual({
      kind: 'accepted',
      vendorCode: '000000',
      providerMessageId: SID,
    });
  });

  it.each([
    ['JSON', '{"statusCode":"160038","statusMsg":"验证码超出同模板 <b>&"}'],
    ['a number', '{"statusCode":160038,"statusMsg":"验证码超出同模板 <b>&"}'],
    [
      'XML',
      '<Response><statusCode>160038</statusCode><statusMsg>验证码超出同模板 &lt;b&gt;&amp;</statusMsg></Response>',
    ],
  ])('reads a refusal: %s', (_, text) => {
    expect(readRonglianAnswer(text)).toEqual({
      kind: 'refused',
      refusal: 'L',
      vendorCode: '160038',
      vendorText: '验证码超出同模板 <b>&',
    });
  });

  it('takes a reused reqId for the acceptance of an earlier attempt', () => {
    expect(readRonglianAnswer('{"statusCode":"160054"}')).toEqual({ kind: 'accepted', vendorCode: '160054' });
  });

  it('takes "same content" for an acceptance only after a call that ended unknown', () => {
    const answer = '{"statusCode":"160056"}';
    expect(readRonglianAnswer(answer, [], true)).toEqual({ kind: 'accepted', vendorCode: '160056' });
    expect(readRonglianAnswer(answer)).toMatchObject({ kind: 'refused', refusal: 'L' });
  });

  it.each([
    ['zero as a number', '{"statusCode":0}'],
    ['success only inside', '{"templateSMS":{"statusCode":"000000"}}'],
    ['no code', '{"statusMsg":"ok"}'],
    ['a list', '["000000"]'],
    ['nothing', ''],
    ['a web page', '<html><statusCode>000000</statusCode></html>'],
    ['XML cut short', '<Response><statusCode>000000</statusCode>'],
    ['a commented code', '<Response><!-- <statusCode>000000</statusCode> --></Response>'],
    ['two codes', '<Response><statusCode>000000</statusCode><statusCode>160038</statusCode></Response>'],
  ])('does not guess: %s', (_, text) => {
    expect(readRonglianAnswer(text)).toEqual(UNREADABLE);
  });
});
