import { canonicalJson, requestPrint } from './request-print';

const request = {
  method: 'POST',
  url: '/v1/verifications',
  headers: { 'content-type': 'application/json', 'content-length': '40' },
  body: { phone: '+8613800138000', captcha: { captchaId: 'c', answer: 'a' } } as unknown,
};

describe('two requests are the same', () => {
  it.each([
    [
      'with their members in another order',
      { body: { captcha: { answer: 'a', captchaId: 'c' }, phone: '+8613800138000' } },
    ],
    ['with other headers', { headers: { 'content-length': '41', 'user-agent': 'curl' } }],
  ])('%s', (_, change) => {
    expect(requestPrint({ ...request, ...change })).toBe(requestPrint(request));
  });
});

describe('two requests differ', () => {
  it.each([
    ['by method', { method: 'PUT' }],
    ['by path', { url: '/v1/verifications/1/resend' }],
    ['by query', { url: '/v1/verifications?a=1' }],
    ['by a value', { body: { phone: '+8613800138001', captcha: { captchaId: 'c', answer: 'a' } } }],
    ['by the type of a value', { body: { phone: 8613800138000 } }],
    ['by a member that is null instead of missing', { body: { phone: '+8613800138000', captcha: null } }],
    ['by having no body', { body: undefined, headers: {} }],
  ])('%s', (_, change) => {
    expect(requestPrint({ ...request, ...change })).not.toBe(requestPrint(request));
  });

  it('by the order of a list', () => {
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });

  it('and no value can pass for two', () => {
    expect(canonicalJson({ a: '1","b":"2' })).not.toBe(canonicalJson({ a: '1', b: '2' }));
    expect(canonicalJson(['1,2'])).not.toBe(canonicalJson(['1', '2']));
  });
});

describe('a body that no parser has read', () => {
  const upload = (boundary: string, length: string) =>
    requestPrint({
      method: 'POST',
      url: '/v1/uploads/form',
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': length },
    });

  it('is known by its type and length, whatever its boundary', () => {
    expect(upload('a', '100')).toBe(upload('b', '100'));
    expect(upload('a', '100')).not.toBe(upload('a', '101'));
  });
});

describe('a hostile body', () => {
  it('may be as deep as a parser lets it be', () => {
    const deep: unknown = JSON.parse('['.repeat(30_000) + ']'.repeat(30_000));
    expect(canonicalJson(deep).length).toBeLessThan(1_000);
  });

  it('may have members named like those of every object', () => {
    const body: unknown = JSON.parse('{"__proto__":{"a":1},"constructor":2}');
    expect(canonicalJson(body)).toBe('{"__proto__":{"a":1},"constructor":2}');
  });

  it('may be bytes', () => {
    expect(canonicalJson(Buffer.from('a'))).not.toBe(canonicalJson(Buffer.from('b')));
  });
});
