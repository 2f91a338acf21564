import vectors from '../qiniu-vectors.json';
import type { QiniuRequest } from './qiniu-exchange';
import { checkToken } from './qiniu-policy';
import {
  blocksOf,
  checkManagement,
  fromBase64,
  hashOf,
  hmacSha1,
  signQBox,
  signQiniu,
  toBase64,
} from './qiniu-signing';
import { render } from './qiniu-template';
import { isAllowed } from './qiniu-types-of-content';

const keys = { accessKey: vectors.accessKey, secretKey: vectors.secretKey };

interface Signed {
  readonly method?: string;
  readonly url: string;
  readonly contentType: string;
  readonly headers?: object;
  readonly body: string;
}

function requestOf({ method = 'POST', url, contentType, headers = {}, body }: Signed): QiniuRequest {
  const { host, pathname, search } = new URL(url);
  return {
    method,
    target: pathname + search,
    headers: { host, 'content-type': contentType },
    rawHeaders: Object.entries(headers).flat() as string[],
    body: Buffer.from(body),
  };
}

describe('the rules of the simulator keep to the vectors', () => {
  it.each(vectors.uploadTokens)('token: $name', ({ token, policyJson }) => {
    expect(checkToken(keys, token).policy).toEqual(JSON.parse(policyJson));
  });

  it.each(vectors.encodedEntry)('entry: $encoded', ({ bucket, key, encoded }) => {
    const entry = key === null ? bucket : `${bucket}:${key}`;
    expect(toBase64(Buffer.from(entry))).toBe(encoded);
    expect(fromBase64(encoded)?.toString()).toBe(entry);
    expect(fromBase64(encoded.replace(/=+$/, ''))?.toString()).toBe(/=/.test(encoded) ? undefined : entry);
  });

  it.each(vectors.qiniuV2)('signature: $method $url', (vector) => {
    expect(signQiniu(keys, requestOf(vector))).toBe(vector.authorization);
  });

  it.each(vectors.qbox)('older signature: $url', (vector) => {
    expect(signQBox(keys, requestOf(vector))).toBe(vector.authorization);
  });

  it('signature with a port', () => {
    const url = 'http://127.0.0.1:9000/stat/YTpi';
    const request = requestOf({
      method: 'GET',
      url,
      contentType: 'application/x-www-form-urlencoded',
      body: '',
    });
    expect(signQiniu(keys, request)).toBe(vectors.qiniuV2WithPort.authorization);
  });

  it.each(vectors.callback)('callback: $name', (vector) => {
    const sign = vector.authorization.startsWith('QBox') ? signQBox : signQiniu;
    expect(sign(keys, requestOf(vector)) === vector.authorization).toBe(vector.valid);
  });

  it.each(vectors.privateUrl)('private URL: $key', ({ url }) => {
    const [signed, token] = url.split('&token=');
    expect(`${keys.accessKey}:${hmacSha1(keys.secretKey, signed)}`).toBe(token);
  });

  it.each(vectors.etag)('hash: $name', ({ name, size, etag }) => {
    const content = name === 'hello' ? Buffer.from(name) : Buffer.alloc(size, 0x61);
    expect(hashOf(blocksOf(content))).toBe(etag);
  });

  it('signatures hold for a quarter of an hour', () => {
    const now = Date.parse(vectors.clockIso);
    const vector = vectors.qiniuV2[1];
    const { headers, ...request } = requestOf(vector);
    const given = {
      ...request,
      headers: { ...headers, authorization: vector.authorization, 'x-qiniu-date': '20260101T000000Z' },
    };
    const check = (at: number) => () => checkManagement(keys, given, at, false);
    expect(check(now + 14 * 60_000)).not.toThrow();
    expect(check(now + 16 * 60_000)).toThrow('skewed');
    expect(check(now - 16 * 60_000)).toThrow('skewed');
  });
});

describe('templates', () => {
  it('are JSON, a form or a name', () => {
    const variables = { key: 'a "1"/头.png', fsize: 7 };
    const json = render('{"k":$(key),"q":"$(key)","n":$(fsize),"x":$(x:none)}', variables, 'json');
    expect(JSON.parse(json)).toEqual({ k: 'a "1"/头.png', q: 'a "1"/头.png', n: 7, x: '' });
    const form = render('key=$(key)&n=$(fsize)&x=$(x:none)', variables, 'form');
    expect(form).toBe('key=a%20%221%22%2F%E5%A4%B4.png&n=7&x=');
    expect(render('u/$(fsize)$(ext)', variables, 'name')).toBe('u/7');
  });
});

describe('lists of types', () => {
  const png = Buffer.from('89504e470d0a1a0a', 'hex');
  it.each([
    ['image/png', true],
    ['image/jpeg;image/png', true],
    ['image/*', true],
    ['image/jpeg', false],
    ['!image/png', false],
    ['!application/json;text/plain', true],
  ])('%s lets a PNG through: %s', (mimeLimit, expected) => {
    expect(isAllowed(mimeLimit, png)).toBe(expected);
  });
});
