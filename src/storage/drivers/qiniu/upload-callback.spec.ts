import { accessKey, callback as vectors, secretKey } from '../../../../test/support/qiniu-vectors.json';
import { QiniuCredentials } from './qiniu-credentials';
import { FORM_TYPE, qboxText, qiniuText } from './request-signature';
import { readUploadCallback } from './upload-callback';

const credentials = new QiniuCredentials(accessKey, secretKey);
const PATH = '/v1/hooks/storage/qiniu?store=a';
const OUTSIDE = new URL(PATH, 'https://api.example.com:8443');
const BODY = 'uploadId=u-1&key=avatar%2F1.png&hash=F&fsize=5&mimeType=image%2Fpng';

interface Wishes {
  scheme?: 'Qiniu' | 'QBox';
  contentType?: string;
  body?: string;
  /** What is sent in the place of what was signed. */
  sent?: string;
  secret?: string;
  headers?: Record<string, string>;
}

/** As it arrives behind a proxy, which changes path and host. */
function arrived({
  scheme = 'Qiniu',
  contentType = FORM_TYPE,
  body = BODY,
  sent,
  secret,
  headers,
}: Wishes = {}) {
  const signer = secret ? new QiniuCredentials(accessKey, secret) : credentials;
  const signed = { method: 'POST', path: PATH, host: OUTSIDE.host, contentType, headers, body };
  const text = scheme === 'Qiniu' ? qiniuText(signed) : qboxText(signed);
  return {
    method: 'POST',
    url: '/inside',
    headers: {
      host: '10.0.0.7',
      'content-type': contentType,
      authorization: `${scheme} ${signer.sign(text)}`,
      ...headers,
    } as Record<string, string | string[] | undefined>,
    body: Buffer.from(sent ?? body),
  };
}

const read = (callback: ReturnType<typeof arrived>) => readUploadCallback(credentials, OUTSIDE, callback);

describe('a callback', () => {
  it.each(vectors)(
    'of the vector "$name" is genuine: $valid',
    ({ method, url, contentType, body, authorization, valid }) => {
      const { host, pathname } = new URL(url);
      const headers = { host, 'content-type': contentType, authorization };
      // The vectors tell of no upload id: only whether the signature holds is asked.
      const callback = { method, url: pathname, headers, body: Buffer.from(body) };
      const { path: at, host: name } = { path: pathname, host };
      const [scheme, signature] = authorization.split(' ');
      const request = { method, path: at, host: name, contentType, body: callback.body };
      const text = scheme === 'QBox' ? qboxText(request) : qiniuText(request);
      expect(credentials.isSignature(signature, text)).toBe(valid);
    },
  );

  it.each(['Qiniu', 'QBox'] as const)(
    'signed as %s is read, whatever path and host a proxy made of it',
    (scheme) => {
      expect(read(arrived({ scheme }))).toEqual({ uploadId: 'u-1', key: 'avatar/1.png' });
    },
  );

  it('may name its charset', () => {
    const contentType = `${FORM_TYPE}; charset=utf-8`;
    expect(read(arrived({ contentType }))).toBeDefined();
  });

  it('has its headers of Qiniu under the signature', () => {
    const headers = { 'x-qiniu-date': '20260101T000000Z' };
    expect(read(arrived({ headers }))).toBeDefined();
    const callback = arrived({ headers });
    expect(
      read({ ...callback, headers: { ...callback.headers, 'x-qiniu-date': '20270101T000000Z' } }),
    ).toBeUndefined();
  });

  it.each<[string, Wishes]>([
    ['a body that was altered', { sent: BODY.replace('fsize=5', 'fsize=6') }],
    ['an altered body under the older signature', { scheme: 'QBox', sent: BODY.replace('u-1', 'u-2') }],
    ['another secret', { secret: 'sk-other' }],
    ['JSON, which the older signature does not cover', { scheme: 'QBox', contentType: 'application/json' }],
    [
      'JSON, which no ticket asks for',
      { contentType: 'application/json', body: '{"uploadId":"u-1","key":"k"}' },
    ],
    ['text, which no signature covers', { contentType: 'text/plain' }],
    ['no type', { contentType: '' }],
    ['no upload id', { body: 'key=a' }],
    ['no key', { body: 'uploadId=u-1' }],
    ['two upload ids', { body: `${BODY}&uploadId=u-2` }],
    ['two keys', { body: `${BODY}&key=b` }],
  ])('with %s is not believed', (_, wishes) => {
    expect(read(arrived(wishes))).toBeUndefined();
  });

  it.each([
    undefined,
    '',
    'Qiniu',
    'Qiniu ',
    'QBox',
    'Bearer x',
    ['Qiniu a:b', 'Qiniu c:d'],
    `qiniu ${credentials.sign('x')}`,
    `Qiniu  ${credentials.sign('x')}`,
    `Qiniu other-key:${credentials.sign('x').split(':')[1]}`,
  ])('with the authorization %j is not believed', (authorization) => {
    const callback = arrived();
    expect(read({ ...callback, headers: { ...callback.headers, authorization } })).toBeUndefined();
  });

  it.each(['qiniu', 'QINIU', 'qbox'])('has its scheme read to the letter: %s', (scheme) => {
    const callback = arrived({ scheme: scheme.toLowerCase() === 'qbox' ? 'QBox' : 'Qiniu' });
    const authorization = String(callback.headers.authorization).replace(/^\w+/, scheme);
    expect(read({ ...callback, headers: { ...callback.headers, authorization } })).toBeUndefined();
  });

  it('is a POST', () => {
    expect(read({ ...arrived({ scheme: 'QBox' }), method: 'PUT' })).toBeUndefined();
  });
});
