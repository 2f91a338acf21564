import { join } from 'node:path';
import type { Secrets } from './common/secrets';
import { type Env, storageProvider } from './env';
import { LocalDriver } from './storage/drivers/local/local.driver';
import { QiniuDriver } from './storage/drivers/qiniu/qiniu.driver';
import { S3Driver, type S3Options } from './storage/drivers/s3/s3.driver';
import type { StorageModuleOptions } from './storage/storage.options';
import { AVATAR, type UploadsModuleOptions } from './storage/uploads/uploads.options';

/** What a store needs besides the environment. */
export interface StoreSurroundings {
  readonly secrets: Secrets;
  /** Origin of this instance, where `PUBLIC_URL` does not say it: known once it listens. */
  readonly ownUrl?: () => string;
}

/**
 * The store that `STORAGE_PROVIDER` names, by that name; opened when the application starts. What it needs is there:
 * env-storage-rules.ts saw to it.
 * @returns undefined for none
 */
export function createStores(env: Env, surroundings: StoreSurroundings): StorageModuleOptions | undefined {
  switch (storageProvider(env)) {
    case 'local':
      return { stores: { local: () => openLocal(env, surroundings) } };
    case 's3':
      return { stores: { s3: () => new S3Driver(s3Options(env)) } };
    case 'qiniu':
      return { stores: { qiniu: () => openQiniu(env) } };
    case undefined:
      return undefined;
  }
}

/** What may be uploaded, and how much of it. */
export function uploadOptions(env: Env): UploadsModuleOptions {
  return {
    purposes: { avatar: { ...AVATAR, maxBytes: env.AVATAR_MAX_BYTES } },
    quota: { open: env.UPLOADS_OPEN, perDay: env.UPLOADS_PER_DAY },
    setsUpSharp: true,
    access: env.STORAGE_SIGNED_URLS && (env.STORAGE_SIGNED_URLS === 'true' ? 'signed' : 'public'),
  };
}

function openLocal(env: Env, { secrets, ownUrl }: StoreSurroundings): Promise<LocalDriver> {
  const below = (origin: string) => new URL('/v1/storage/local', origin).href;
  const configured = env.PUBLIC_URL && below(env.PUBLIC_URL);
  return LocalDriver.open({
    folder: localFolder(env),
    secrets,
    access: env.STORAGE_SIGNED_URLS === 'false' ? 'public' : 'signed',
    // A page that is being developed is served by another port, or by another name of this machine.
    origins: env.NODE_ENV === 'production' ? [] : ['*'],
    get baseUrl() {
      return configured ?? below(ownUrl?.() ?? `http://127.0.0.1:${env.PORT}`);
    },
  });
}

/** Where the local disk keeps objects. */
export function localFolder({ DATA_DIR }: Env): string {
  return join(DATA_DIR, 'storage');
}

export function s3Options(env: Env): S3Options {
  return {
    endpoint: env.S3_ENDPOINT,
    region: env.S3_REGION!,
    bucket: env.S3_BUCKET!,
    accessKeyId: env.S3_ACCESS_KEY_ID,
    secretAccessKey: env.S3_SECRET_ACCESS_KEY,
    forcePathStyle: flag(env.S3_FORCE_PATH_STYLE),
    publicUrl: env.S3_PUBLIC_URL,
  };
}

function openQiniu(env: Env): QiniuDriver {
  return new QiniuDriver({
    accessKey: env.QINIU_ACCESS_KEY!,
    secretKey: env.QINIU_SECRET_KEY!,
    bucket: env.QINIU_BUCKET!,
    region: env.QINIU_REGION,
    uploadUrl: env.QINIU_UPLOAD_URL,
    rsUrl: env.QINIU_RS_URL,
    rsfUrl: env.QINIU_RSF_URL,
    domain: env.QINIU_DOMAIN!,
    callbackUrl: env.QINIU_CALLBACK_URL,
    private: flag(env.QINIU_PRIVATE),
  });
}

function flag(value: 'true' | 'false' | undefined): boolean | undefined {
  return value && value === 'true';
}
