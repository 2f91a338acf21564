import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { loadSignedUrl } from './aws-sdk';
import { S3Connection } from './s3-connection';
import { S3Driver } from './s3.driver';
import { DEFAULT_LIMITS, type S3Options } from './s3.options';

const KEY = 'avatar/1f/a.png';
const KEYS = { accessKeyId: 'AKIADOCEXAMPLE', secretAccessKey: 'doc/secret+key/0001' };

/** Where the SDK itself goes. */
async function addressOfTheSdk(options: S3Options): Promise<string> {
  const client = await new S3Connection(options, DEFAULT_LIMITS).open();
  const command = new HeadObjectCommand({ Bucket: options.bucket, Key: KEY });
  const [url] = (await (await loadSignedUrl())(client, command)).split('?');
  return url;
}

const STORES: readonly (readonly [store: string, options: S3Options, url: string])[] = [
  [
    'AWS',
    { bucket: 'avatars', region: 'eu-central-1' },
    'https://avatars.s3.eu-central-1.amazonaws.com/avatar/1f/a.png',
  ],
  [
    'AWS in us-east-1',
    { bucket: 'avatars', region: 'us-east-1' },
    'https://avatars.s3.us-east-1.amazonaws.com/avatar/1f/a.png',
  ],
  [
    'AWS in China',
    { bucket: 'avatars', region: 'cn-north-1' },
    'https://avatars.s3.cn-north-1.amazonaws.com.cn/avatar/1f/a.png',
  ],
  [
    'AWS, where no certificate is for the bucket',
    { bucket: 'my.avatars', region: 'eu-central-1' },
    'https://s3.eu-central-1.amazonaws.com/my.avatars/avatar/1f/a.png',
  ],
  [
    'MinIO',
    { bucket: 'avatars', region: 'us-east-1', endpoint: 'http://127.0.0.1:9000' },
    'http://127.0.0.1:9000/avatars/avatar/1f/a.png',
  ],
  [
    "Qiniu's S3 endpoint",
    {
      bucket: 'avatars',
      region: 'cn-east-1',
      endpoint: 'https://s3.cn-east-1.qiniucs.com',
      forcePathStyle: false,
    },
    'https://avatars.s3.cn-east-1.qiniucs.com/avatar/1f/a.png',
  ],
];

describe('the address of an object', () => {
  it.each(STORES)('on %s, where the SDK looks for it, too', async (_, options, url) => {
    const store = new S3Driver({ ...KEYS, ...options });
    expect(store.publicUrl(KEY)).toBe(url);
    expect(await addressOfTheSdk({ ...KEYS, ...options })).toBe(url);
    expect(store.origins()).toEqual([new URL(url).origin]);
    await store.close();
  });

  it('is below the public URL, where there is one', () => {
    const [, , , , [, options]] = STORES;
    for (const publicUrl of ['https://cdn.example.com/a', 'https://cdn.example.com/a/']) {
      const store = new S3Driver({ ...KEYS, ...options, publicUrl });
      expect(store.publicUrl(KEY)).toBe('https://cdn.example.com/a/avatar/1f/a.png');
      expect(store.origins()).toEqual(['http://127.0.0.1:9000', 'https://cdn.example.com']);
      expect(store.capabilities.publicUrls).toBe(true);
    }
  });

  it('is the one of browsers, where that is another one than ours', async () => {
    const options = {
      bucket: 'avatars',
      region: 'us-east-1',
      endpoint: 'http://minio:9000',
      allowPlainHttp: true,
    };
    const store = new S3Driver({ ...KEYS, ...options, browserEndpoint: 'https://files.example.com' });
    expect(store.publicUrl(KEY)).toBe('https://files.example.com/avatars/avatar/1f/a.png');
    expect(await store.signedUrl(KEY, { expiresIn: 60 })).toContain(
      'https://files.example.com/avatars/avatar/',
    );
    expect(store.origins()).toEqual(['https://files.example.com']);
    await store.close();
  });

  it.each<[string, Partial<S3Options>]>([
    ['plain http to another machine', { endpoint: 'http://minio:9000' }],
    ['a path', { endpoint: 'https://s3.example.com/avatars' }],
    ['a user', { endpoint: 'https://a:b@s3.example.com' }],
    ['a query', { publicUrl: 'https://cdn.example.com/?x=1' }],
    ['another protocol', { endpoint: 'ftp://s3.example.com', allowPlainHttp: true }],
    ['no URL', { endpoint: 'minio' }],
    ['no bucket', { bucket: '' }],
    ['a bucket with a slash', { bucket: 'a/b' }],
    ['a region with a dot', { region: 'us.east' }],
    ['parts that are too small', { limits: { partBytes: 1_000 } }],
    ['no line to send parts by', { limits: { partsAtOnce: 0 } }],
    ['half a pair of keys', { secretAccessKey: undefined }],
    ['the other half', { accessKeyId: '' }],
  ])('can not be one with %s', (_, options) => {
    expect(() => new S3Driver({ ...KEYS, bucket: 'avatars', region: 'us-east-1', ...options })).toThrow(
      TypeError,
    );
  });
});
