import type { Phone } from '../../common/phone';
import type { OutgoingMessage } from '../sms-provider.interface';
import { readLuosimaoAnswer } from './luosimao-answer';
import { LuosimaoSmsProvider, type LuosimaoOptions } from './luosimao.provider';
import type { VendorHttp, VendorRequest } from './vendor-http';

const message: OutgoingMessage = {
  id: '018f0000-0000-7000-8000-000000000001',
  phone: '+8613800138000' as Phone,
  channel: 'sms',
  purpose: 'login',
  locale: 'zh',
  values: { code: '123456', minutes: '5' },
};

/** Answers every call with success and keeps what was asked. */
class FakeVendorHttp implements VendorHttp {
  readonly requests: VendorRequest[] = [];

  post(request: VendorRequest) {
    this.requests.push(request);
    return Promise.resolve({ kind: 'answer', status: 200, text: '{"error":0,"msg":"ok"}' } as const);
  }

  get = () => Promise.reject(new Error('a message is posted'));
  close = () => Promise.resolve();
}

function setUp(changes: Partial<LuosimaoOptions> = {}) {
  const http = new FakeVendorHttp();
  const apiKey = 'aaaabbbbccccddddeeeeffff00001111';
  const options: LuosimaoOptions = { vendor: 'luosimao', apiKey, signature: '铁壳测试', ...changes };
  return { http, provider: new LuosimaoSmsProvider(options, http) };
}

describe('LuosimaoSmsProvider', () => {
  it('posts the vendor’s form', async () => {
    const { http, provider } = setUp({ texts: { '@zh': '验证码：{code}' } });
    expect(await provider.send(message)).toEqual({ kind: 'accepted', vendorCode: '0', segments: 1 });
    expect(http.requests).toEqual([
      {
        url: new URL('https://sms-api.luosimao.com/v1/send.json'),
        headers: {
          authorization: 'Basic YXBpOmtleS1hYWFhYmJiYmNjY2NkZGRkZWVlZWZmZmYwMDAwMTExMQ==',
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
        },
        body: 'mobile=13800138000&message=%E9%AA%8C%E8%AF%81%E7%A0%81%EF%BC%9A123456%E3%80%90%E9%93%81%E5%A3%B3%E6%B5%8B%E8%AF%95%E3%80%91',
        timeoutMs: 5_000,
      },
    ]);
  });

  it('counts the segments of what it sends, which the vendor does not say', async () => {
    const { provider } = setUp({ texts: { login: `{code}${'字'.repeat(80)}` } });
    expect(await provider.send(message)).toMatchObject({ kind: 'accepted', segments: 2 });
  });

  it.each([
    ['a text over 300 characters', { texts: { '@zh': `{code}${'字'.repeat(300)}` } }, 'T'],
    ['a signature that looks like a code', { signature: '公司654321' }, 'T'],
    ['a text with an unknown value', { texts: { '@zh': '{code}{name}' } }, 'G'],
  ])('refuses %s before the call', async (_, changes, refusal) => {
    const { http, provider } = setUp(changes);
    expect(await provider.send(message)).toMatchObject({ kind: 'refused', refusal });
    expect(http.requests).toEqual([]);
  });

  it('calls only with a key for voice, which is another one', async () => {
    const silent = setUp();
    expect(silent.provider.channels).toEqual(new Set(['sms']));
    expect(await silent.provider.send({ ...message, channel: 'voice' })).toMatchObject({ refusal: 'P' });

    const { http, provider } = setUp({ voiceApiKey: '0123456789abcdef0123456789abcdef' });
    expect(provider.channels).toEqual(new Set(['sms', 'voice']));
    await provider.send({ ...message, channel: 'voice' });
    expect(http.requests).toMatchObject([
      {
        url: new URL('https://voice-api.luosimao.com/v1/verify.json'),
        headers: { authorization: 'Basic YXBpOmtleS0wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==' },
        body: 'mobile=13800138000&code=123456',
      },
    ]);
  });
});

describe('readLuosimaoAnswer', () => {
  it.each(['{"error":0,"msg":"ok"}', '{"error":"0"}', '{"error":" 0 "}'])('accepts %s', (text) => {
    expect(readLuosimaoAnswer(text)).toEqual({ kind: 'accepted', vendorCode: '0' });
  });

  it.each(['"abc123"', '123'])('keeps the batch id %s', (id) => {
    const providerMessageId = id.replaceAll('"', '');
    expect(readLuosimaoAnswer(`{"error":0,"batch_id":${id}}`)).toMatchObject({ providerMessageId });
  });

  it.each(['null', '""', '[]', 'false', '"ok"', '{}', '0.5', '"0x0"'])(
    'does not guess when error is %s',
    (error) => {
      expect(readLuosimaoAnswer(`{"error":${error}}`)).toEqual({ kind: 'unknown', reason: 'unreadable' });
    },
  );

  it('tells the operator which word was refused', () => {
    expect(readLuosimaoAnswer('{"error":-31,"msg":"SENSITIVE","hit":"贷款"}')).toEqual({
      kind: 'refused',
      refusal: 'T',
      vendorCode: '-31',
      vendorText: 'SENSITIVE (hit: 贷款)',
    });
  });
});
