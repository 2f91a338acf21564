import type { UploadTicketRequest } from '../../object-storage.interface';
import { S3Connection } from './s3-connection';
import { DEFAULT_LIMITS, type S3Options } from './s3.options';
import { presignedPost, uploadTicket } from './upload-ticket';

// Made with the AWS packages under a fixed clock; the keys are samples.
const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const KEYS = { accessKeyId: 'AKIADOCEXAMPLE', secretAccessKey: 'doc/secret+key/0001' };
const PATH_STYLE = { ...KEYS, bucket: 'avatars', region: 'us-east-1', endpoint: 'http://127.0.0.1:9000' };
const POLICY =
  'eyJleHBpcmF0aW9uIjoiMjAyNi0wMS0wMVQwMDoxMDowMFoiLCJjb25kaXRpb25zIjpbWyJjb250ZW50LWxlbmd0aC1yYW5nZSIsMSwyMDk3MTUyXSxbImVxIiwiJENvbnRlbnQtVHlwZSIsImltYWdlL3BuZyJdLHsiQ29udGVudC1UeXBlIjoiaW1hZ2UvcG5nIn0seyJidWNrZXQiOiJhdmF0YXJzIn0seyJYLUFtei1BbGdvcml0aG0iOiJBV1M0LUhNQUMtU0hBMjU2In0seyJYLUFtei1DcmVkZW50aWFsIjoiQUtJQURPQ0VYQU1QTEUvMjAyNjAxMDEvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LHsiWC1BbXotRGF0ZSI6IjIwMjYwMTAxVDAwMDAwMFoifSx7ImtleSI6InUvMDE5MC9hLnBuZyJ9XX0=';

const REQUEST: UploadTicketRequest = {
  key: 'u/0190/a.png',
  minBytes: 1,
  maxBytes: 2_097_152,
  contentType: 'image/png',
  expiresIn: 600,
  uploadId: 'upload-1',
  owner: '',
};

async function signer(options: S3Options) {
  return new S3Connection(options, DEFAULT_LIMITS).openSigner();
}

async function ticket(wishes: Partial<UploadTicketRequest> = {}, now = NOW) {
  const client = await signer(PATH_STYLE);
  return uploadTicket(client, 'avatars', { ...REQUEST, ...wishes }, { now: () => now });
}

async function conditions(wishes: Partial<UploadTicketRequest> = {}): Promise<unknown[]> {
  const { fields } = await ticket(wishes);
  const policy = JSON.parse(Buffer.from(fields.Policy, 'base64').toString()) as { conditions: unknown[] };
  return policy.conditions;
}

describe('an upload ticket for S3', () => {
  it('is the presigned POST of the SDK, with exact conditions', async () => {
    expect(await ticket()).toEqual({
      method: 'POST',
      url: 'http://127.0.0.1:9000/avatars',
      fields: {
        'Content-Type': 'image/png',
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Credential': 'AKIADOCEXAMPLE/20260101/us-east-1/s3/aws4_request',
        'X-Amz-Date': '20260101T000000Z',
        key: 'u/0190/a.png',
        Policy: POLICY,
        'X-Amz-Signature': '6eb49f4bf4a9ce3cac73c23971acc419b76f19c0b3236caf95c28c014f4a94ac',
      },
      fileField: 'file',
      headers: {},
      expiresAt: new Date('2026-01-01T00:10:00.000Z'),
      maxBytes: 2_097_152,
    });
  });

  it('names the bucket in the host, where the store has such hosts', async () => {
    const endpoint = 'https://s3.cn-east-1.qiniucs.com';
    const options = { ...KEYS, bucket: 'avatars', region: 'cn-east-1', endpoint, forcePathStyle: false };
    const post = await presignedPost(await signer(options), NOW, {
      Bucket: 'avatars',
      Key: 'u/1.png',
      Expires: 300,
      Fields: {},
      Conditions: [['content-length-range', 1, 1024]],
    });
    expect(post.url).toBe('https://avatars.s3.cn-east-1.qiniucs.com/');
    expect(post.fields['X-Amz-Signature']).toBe(
      '96c2f538b418d11a2d42aaac29aa19aa93e261b3e10b1a7321ce02705a60a3cb',
    );
  });

  it('is about the address of browsers, where that is another one', async () => {
    const client = await signer({ ...PATH_STYLE, browserEndpoint: 'https://files.example.com' });
    const { url } = await uploadTicket(client, 'avatars', REQUEST, { now: () => NOW });
    expect(url).toBe('https://files.example.com/avatars');
  });

  it('allows one key, one type, a range of sizes, and an owner that no client can change', async () => {
    expect(await conditions({ owner: 'user-7' })).toEqual([
      ['content-length-range', 1, 2_097_152],
      ['eq', '$Content-Type', 'image/png'],
      { 'Content-Type': 'image/png' },
      { 'x-amz-meta-owner': 'user-7' },
      { bucket: 'avatars' },
      { 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256' },
      { 'X-Amz-Credential': 'AKIADOCEXAMPLE/20260101/us-east-1/s3/aws4_request' },
      { 'X-Amz-Date': '20260101T000000Z' },
      { key: 'u/0190/a.png' },
    ]);
  });

  it.each(['a\r\nb', '头像', 'a b', 'x'.repeat(201)])(
    'keeps no owner that no header takes: %j',
    async (owner) => {
      expect(JSON.stringify(await conditions({ owner }))).not.toContain('x-amz-meta');
    },
  );

  it('ends at a whole second', async () => {
    const { expiresAt, fields } = await ticket({}, NOW + 999);
    expect(expiresAt).toEqual(new Date('2026-01-01T00:10:00.000Z'));
    expect(Buffer.from(fields.Policy, 'base64').toString()).toContain('"expiration":"2026-01-01T00:10:00Z"');
  });
});
