import {
  accessKey,
  qbox,
  qiniuV2,
  qiniuV2WithPort,
  secretKey,
} from '../../../../test/support/qiniu-vectors.json';
import { QiniuCredentials } from './qiniu-credentials';
import { qboxText, qiniuAuthorization, qiniuDate, qiniuText } from './request-signature';

const credentials = new QiniuCredentials(accessKey, secretKey);

describe('the signature of the management API', () => {
  it.each(qiniuV2)(
    'is that of the vector: $method $url',
    ({ method, url, contentType, headers, body, authorization }) => {
      const { pathname, search, host } = new URL(url);
      const request = { method, path: pathname + search, host, contentType, headers: { ...headers }, body };
      expect(qiniuAuthorization(credentials, request as never)).toBe(authorization);
    },
  );

  it('covers the host with its port, once', () => {
    const request = {
      method: 'get',
      path: '/stat/YTpi',
      host: '127.0.0.1:9000',
      contentType: 'application/x-www-form-urlencoded',
    };
    expect(qiniuText(request).toString()).toBe(qiniuV2WithPort.signedText);
    expect(qiniuAuthorization(credentials, request)).toBe(qiniuV2WithPort.authorization);
  });

  it('covers headers of Qiniu in the order of their names', () => {
    const headers = { 'x-qiniu-b': '2', Accept: '*/*', 'X-Qiniu-': 'none', 'X-QINIU-a-c': '1' };
    const text = qiniuText({
      method: 'POST',
      path: '/',
      host: 'h',
      contentType: 'text/plain',
      headers,
      body: 'x',
    });
    expect(text.toString()).toBe(
      'POST /\nHost: h\nContent-Type: text/plain\nX-Qiniu-A-C: 1\nX-Qiniu-B: 2\n\n',
    );
  });

  it('is dated in UTC', () => {
    expect(qiniuDate(1767225600_123)).toBe('20260101T000000Z');
  });
});

describe('the older signature', () => {
  it.each(qbox)('is that of the vector: $url', ({ url, contentType, body, authorization }) => {
    const { pathname, search } = new URL(url);
    const text = qboxText({ path: pathname + search, contentType, body });
    expect(`QBox ${credentials.sign(text)}`).toBe(authorization);
  });

  it('is that of the official example', () => {
    const path = '/move/bmV3ZG9jczpmaW5kX21hbi50eHQ=/bmV3ZG9jczpmaW5kLm1hbi50eHQ=';
    const official = new QiniuCredentials('MY_ACCESS_KEY', 'MY_SECRET_KEY');
    expect(official.sign(qboxText({ path, contentType: '' }))).toBe(
      'MY_ACCESS_KEY:FXsYh0wKHYPEsIAgdPD9OfjkeEM=',
    );
  });
});
