import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secrets } from './common/secrets';
import { createStores, uploadOptions } from './storage.factory';
import type { ObjectStorage } from './storage/object-storage.interface';
import { validateEnv } from './validate-env';

const S3 = { STORAGE_PROVIDER: 's3', S3_REGION: 'us-east-1', S3_BUCKET: 'avatars' };
const QINIU = {
  STORAGE_PROVIDER: 'qiniu',
  QINIU_ACCESS_KEY: 'a1b2c3d4e5f6',
  QINIU_SECRET_KEY: 'f6e5d4c3b2a1',
  QINIU_BUCKET: 'avatars',
  QINIU_REGION: 'z0',
  QINIU_DOMAIN: 'https://cdn.example.org',
};
const KEY = 'avatar/10/019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10/512.webp';

describe('The store that the environment names', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatecode-factory-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function open(variables: Record<string, string>, ownUrl?: () => string): Promise<ObjectStorage> {
    const env = validateEnv({ DATA_DIR: folder, ...variables });
    const [[name, source]] = Object.entries(
      createStores(env, { secrets: new Secrets(Buffer.alloc(32, 7)), ownUrl })!.stores,
    );
    const store = typeof source === 'function' ? await source() : source;
    expect(store.name).toBe(name);
    return store;
  }

  it('is the local disk, reached where this instance listens', async () => {
    const store = await open({}, () => 'http://127.0.0.1:4321');
    expect(store.origins()).toEqual(['http://127.0.0.1:4321']);
    const url = await store.signedUrl(KEY, { expiresIn: 60 });
    expect(url.startsWith(`http://127.0.0.1:4321/v1/storage/local/${KEY}?`)).toBe(true);
    expect(store.capabilities.publicUrls).toBe(false);
  });

  it('is reached by PUBLIC_URL, and by anybody where URLs are not signed', async () => {
    const variables = { PUBLIC_URL: 'https://api.example.org', STORAGE_SIGNED_URLS: 'false' };
    const store = await open(variables, () => 'http://127.0.0.1:4321');
    expect(store.publicUrl(KEY)).toBe(`https://api.example.org/v1/storage/local/${KEY}`);
    expect(store.capabilities.publicUrls).toBe(true);
  });

  it('takes uploads of pages of any origin from the local disk, but not in production', async () => {
    const production = {
      NODE_ENV: 'production',
      DATABASE_URL: 'postgres://gatecode@127.0.0.1:5432/gatecode',
      REDIS_URL: 'redis://127.0.0.1:6379',
      SECRET_KEY: randomBytes(32).toString('base64'),
      SMS_PROVIDERS: 'luosimao',
      LUOSIMAO_API_KEY: 'a1b2c3d4e5f6',
      LUOSIMAO_SIGNATURE: '示例公司',
      STORAGE_PROVIDER: 'local',
      PUBLIC_URL: 'https://api.example.org',
    };
    expect(await open({})).toMatchObject({ pageOrigins: ['*'] });
    expect(await open(production)).toMatchObject({ pageOrigins: [] });
  });

  it('is S3, public where a CDN is named', async () => {
    expect((await open(S3)).capabilities.publicUrls).toBe(false);
    const store = await open({ ...S3, S3_PUBLIC_URL: 'https://cdn.example.org/a' });
    expect(store.publicUrl(KEY)).toBe(`https://cdn.example.org/a/${KEY}`);
    expect(store.capabilities.publicUrls).toBe(true);
  });

  it('is Qiniu, private unless it is said to be public, with callbacks where they can come in', async () => {
    const store = await open(QINIU);
    expect(store.capabilities).toMatchObject({ publicUrls: false, callback: false });
    const callback = 'https://api.example.org/v1/hooks/storage/qiniu';
    const told = await open({ ...QINIU, QINIU_PRIVATE: 'false', QINIU_CALLBACK_URL: callback });
    expect(told.capabilities).toMatchObject({ publicUrls: true, callback: true });
    expect(told.publicUrl(KEY)).toBe(`https://cdn.example.org/${KEY}`);
  });

  it.each([
    [{}, undefined],
    [{ STORAGE_SIGNED_URLS: 'true' }, 'signed'],
    [{ STORAGE_SIGNED_URLS: 'false' }, 'public'],
  ] as const)('takes what %j says of uploads', (variables, access) => {
    const limits = { AVATAR_MAX_BYTES: '2048', UPLOADS_PER_DAY: '3', UPLOADS_OPEN: '2' };
    const options = uploadOptions(validateEnv({ ...variables, ...limits }));
    expect(options).toMatchObject({ access, quota: { open: 2, perDay: 3 } });
    expect(options.purposes?.avatar.maxBytes).toBe(2_048);
  });
});
