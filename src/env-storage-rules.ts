import { type Env, storageProvider, type StorageProvider } from './env';
import type { EnvFault } from './env-rules';

/** What each store can't be used without. */
const NEEDED = {
  local: [],
  s3: ['S3_REGION', 'S3_BUCKET'],
  qiniu: ['QINIU_ACCESS_KEY', 'QINIU_SECRET_KEY', 'QINIU_BUCKET', 'QINIU_DOMAIN'],
} as const satisfies Record<StorageProvider, readonly (keyof Env)[]>;

/** Whether files get where `STORAGE_PROVIDER` says. Pure. */
export function storageRules(env: Env): EnvFault[] {
  const provider = storageProvider(env);
  // What is none is a fault already.
  if (provider === undefined || !(provider in NEEDED)) return [];
  const faults: EnvFault[] = NEEDED[provider]
    .filter((variable) => env[variable] === undefined)
    .map((variable) => ({ variable, remedy: `must be set, because STORAGE_PROVIDER is ${provider}` }));
  if (provider === 's3') faults.push(...s3KeyFaults(env));
  return [...faults, ...publicFaults(env, provider), ...localFaults(env, provider)];
}

/** AWS has roles instead of keys; stores at another endpoint have not. */
function s3KeyFaults({ S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY }: Env): EnvFault[] {
  const keys = { S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY };
  const missing = Object.entries(keys).filter(([, value]) => value === undefined);
  if (S3_ENDPOINT === undefined && missing.length !== 1) return [];
  const why = S3_ENDPOINT === undefined ? 'the other half of the key is' : 'S3_ENDPOINT is';
  return missing.map(([variable]) => ({ variable, remedy: `must be set, because ${why}` }));
}

/** Public URLs have to lead somewhere. */
function publicFaults(env: Env, provider: StorageProvider): EnvFault[] {
  if (env.STORAGE_SIGNED_URLS !== 'false') return [];
  if (provider === 's3' && env.S3_PUBLIC_URL === undefined) {
    const remedy = 'must be set, because STORAGE_SIGNED_URLS is false: where anybody may read the objects';
    return [{ variable: 'S3_PUBLIC_URL', remedy }];
  }
  if (provider === 'qiniu' && env.QINIU_PRIVATE === 'true') {
    const remedy = 'must be false for a public bucket, because STORAGE_SIGNED_URLS is false';
    return [{ variable: 'QINIU_PRIVATE', remedy }];
  }
  return [];
}

/** Clients upload to this service itself, by an address that stands in tickets. */
function localFaults({ NODE_ENV, PUBLIC_URL }: Env, provider: StorageProvider): EnvFault[] {
  if (provider !== 'local' || NODE_ENV !== 'production' || PUBLIC_URL !== undefined) return [];
  const remedy = 'must be set in production, because STORAGE_PROVIDER is local: clients upload to it';
  return [{ variable: 'PUBLIC_URL', remedy }];
}
