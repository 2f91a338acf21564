import { QiniuDriver } from './qiniu.driver';
import type { QiniuOptions } from './qiniu.options';
import { originOf, regionOrigins } from './service-origins';

describe('the hosts of a region', () => {
  it.each([
    ['z0', 'https://upload.qiniup.com', 'https://up-z0.qiniup.com', 'https://rs-z0.qiniuapi.com'],
    ['as0', 'https://upload-as0.qiniup.com', 'https://up-as0.qiniup.com', 'https://rs-as0.qiniuapi.com'],
    [
      'cn-east-2',
      'https://upload-cn-east-2.qiniup.com',
      'https://up-cn-east-2.qiniup.com',
      'https://rs-cn-east-2.qiniuapi.com',
    ],
    [
      'one-of-tomorrow-9',
      'https://upload-one-of-tomorrow-9.qiniup.com',
      'https://up-one-of-tomorrow-9.qiniup.com',
      'https://rs-one-of-tomorrow-9.qiniuapi.com',
    ],
  ])('%s follow the pattern', (region, upload, source, rs) => {
    expect(regionOrigins(region)).toEqual({
      up: [upload, source],
      rs: [rs],
      rsf: [rs.replace('rs-', 'rsf-')],
    });
  });

  it.each(['', 'Z0', 'z0.example.com', 'z0/', '-z0', 'z0@x'])('are no hosts of %j', (region) => {
    expect(() => regionOrigins(region)).toThrow(TypeError);
  });
});

describe('an origin of the configuration', () => {
  it('may be plain http on this machine only', () => {
    expect(originOf('http://127.0.0.1:4104/')).toBe('http://127.0.0.1:4104');
    expect(originOf('https://up.example.com:8443')).toBe('https://up.example.com:8443');
    expect(() => originOf('http://up.example.com')).toThrow('https');
    expect(() => originOf('https://up.example.com/path')).toThrow('origin');
  });

  it.each<[string, Partial<QiniuOptions>]>([
    ['no bucket', { bucket: '' }],
    ['a bucket that names a key', { bucket: 'avatars:a' }],
    ['a bucket with a slash', { bucket: 'a/b' }],
    ['no access key', { accessKey: '' }],
    ['an access key with a colon', { accessKey: 'a:b' }],
    ['no secret key', { secretKey: '' }],
    ['no time to wait', { limits: { callMs: 0 } }],
  ])('is of no use with %s', (_, wrong) => {
    const options = {
      accessKey: 'ak',
      secretKey: 'sk',
      bucket: 'avatars',
      domain: 'https://cdn.example.com',
    };
    expect(() => new QiniuDriver(options)).not.toThrow();
    expect(() => new QiniuDriver({ ...options, ...wrong })).toThrow(TypeError);
  });

  it('may be plain http anywhere where that is allowed', () => {
    expect(originOf('http://up.example.com', true)).toBe('http://up.example.com');
    expect(() => originOf('ftp://up.example.com', true)).toThrow('https');
    expect(() => originOf('http://up.example.com/path', true)).toThrow('origin');
    const options = {
      accessKey: 'ak',
      secretKey: 'sk',
      bucket: 'avatars',
      domain: 'http://x.bkt.clouddn.com',
    };
    expect(() => new QiniuDriver(options)).toThrow('https');
    const store = new QiniuDriver({ ...options, uploadUrl: 'http://up.internal', allowPlainHttp: true });
    expect(store.origins()).toEqual(['http://up.internal', 'http://x.bkt.clouddn.com']);
  });
});
