import { accessKey, secretKey, uploadTokens } from '../../../../test/support/qiniu-vectors.json';
import { serverPolicy, ticketPolicy, uploadToken } from './put-policy';
import { QiniuCredentials } from './qiniu-credentials';

const credentials = new QiniuCredentials(accessKey, secretKey);
const request = {
  key: 'avatar/1f/0190/raw.png',
  minBytes: 1,
  maxBytes: 2_097_152,
  contentType: 'image/png',
  expiresIn: 600,
  uploadId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f',
  owner: 'user-7',
};

describe('an upload token', () => {
  it.each(uploadTokens)('is that of the vector "$name"', ({ policyJson, token }) => {
    expect(uploadToken(credentials, JSON.parse(policyJson) as object)).toBe(token);
  });

  // https://developer.qiniu.com/kodo/1208/upload-token
  it('is that of the official example', () => {
    const returnBody =
      '{"name":$(fname),"size":$(fsize),"w":$(imageInfo.width),"h":$(imageInfo.height),"hash":$(etag)}';
    const policy = { scope: 'my-bucket:sunflower.jpg', deadline: 1451491200, returnBody };
    const [key, sign] = uploadToken(new QiniuCredentials('MY_ACCESS_KEY', 'MY_SECRET_KEY'), policy).split(
      ':',
    );
    expect([key, sign]).toEqual(['MY_ACCESS_KEY', 'wQ4ofysef1R7IKnrziqtomqyDvI=']);
  });
});

describe('the policy of a ticket', () => {
  it('allows one key, once, within its sizes, of one type by content', () => {
    expect(ticketPolicy('avatars', request, 1767225600)).toEqual({
      scope: 'avatars:avatar/1f/0190/raw.png',
      insertOnly: 1,
      fsizeMin: 1,
      fsizeLimit: 2_097_152,
      mimeLimit: 'image/png',
      detectMime: 1,
      deadline: 1767225600,
      endUser: 'user-7',
    });
  });

  it('names the type without its parameters: behind a semicolon another type would stand', () => {
    const text = { ...request, contentType: 'text/plain; charset=utf-8' };
    expect(ticketPolicy('avatars', text, 1).mimeLimit).toBe('text/plain');
  });

  it('has the upload reported as a form, the upload id a literal, when there is a callback URL', () => {
    expect(ticketPolicy('avatars', request, 1, 'https://api.example.com/hook')).toMatchObject({
      callbackUrl: 'https://api.example.com/hook',
      callbackBody:
        'uploadId=019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f&key=$(key)&hash=$(etag)&fsize=$(fsize)&mimeType=$(mimeType)',
      callbackBodyType: 'application/x-www-form-urlencoded',
    });
  });

  it.each(['', '$(x:id)', 'a&key=b', 'a b', 'a%26b'])('takes no upload id that says more: %j', (uploadId) => {
    const call = () => ticketPolicy('avatars', { ...request, uploadId }, 1, 'https://api.example.com/hook');
    expect(call).toThrow(TypeError);
  });
});

describe('the policy of our own uploads', () => {
  it('overwrites unless it may only create', () => {
    expect(serverPolicy('avatars', 'a/b', 1, false)).toEqual({
      scope: 'avatars:a/b',
      detectMime: -1,
      deadline: 1,
    });
    expect(serverPolicy('avatars', 'a/b', 1, true)).toMatchObject({ insertOnly: 1 });
  });
});
