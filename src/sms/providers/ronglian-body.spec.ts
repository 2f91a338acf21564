import { writeRonglianBody } from './ronglian-body';

const FIELDS = { to: '13800138000', datas: ['a"b', `<&>'\u0001`] };

describe('writeRonglianBody', () => {
  it('writes JSON', () => {
    expect(JSON.parse(writeRonglianBody('json', 'TemplateSMS', FIELDS))).toEqual(FIELDS);
  });

  it('escapes XML', () => {
    expect(writeRonglianBody('xml', 'TemplateSMS', FIELDS)).toBe(
      "<?xml version='1.0' encoding='utf-8'?><TemplateSMS><to>13800138000</to>" +
        '<datas><data>a&quot;b</data><data>&lt;&amp;&gt;&apos;</data></datas></TemplateSMS>',
    );
  });

  it('writes the kind of a recording as a field in JSON and as an attribute in XML', () => {
    const fields = { mediaName: 'a.wav', mediaNameType: '1' };
    expect(JSON.parse(writeRonglianBody('json', 'LandingCall', fields))).toEqual(fields);
    expect(writeRonglianBody('xml', 'LandingCall', fields)).toBe(
      "<?xml version='1.0' encoding='utf-8'?><LandingCall><mediaName type=\"1\">a.wav</mediaName></LandingCall>",
    );
  });
});
