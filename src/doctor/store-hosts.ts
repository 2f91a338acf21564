import type { Env } from '../env';
import { UC_ORIGINS } from '../storage/drivers/qiniu/region-query';
import { regionOrigins } from '../storage/drivers/qiniu/service-origins';
import { bucketAddress } from '../storage/drivers/s3/s3-address';
import { s3Options } from '../storage.factory';

/** A host that the service or its clients have to reach. */
export interface StoreHost {
  readonly subject: string;
  readonly origin: string;
  /** Variables that lead there. */
  readonly remedy: string;
}

/** Where a store is, as far as the configuration says; the first one is also asked for the time. */
export function storeHosts(provider: 's3' | 'qiniu', env: Env): StoreHost[] {
  return provider === 's3' ? s3Hosts(env) : qiniuHosts(env);
}

function s3Hosts(env: Env): StoreHost[] {
  const { origin } = bucketAddress(s3Options(env));
  const remedy = env.S3_ENDPOINT ? 'S3_ENDPOINT' : 'S3_REGION';
  const hosts = [{ subject: 's3 reachability', origin, remedy }];
  const { S3_PUBLIC_URL: url } = env;
  if (url === undefined || new URL(url).origin === origin) return hosts;
  return [...hosts, { subject: 's3 public URL', origin: new URL(url).origin, remedy: 'S3_PUBLIC_URL' }];
}

function qiniuHosts(env: Env): StoreHost[] {
  const region = env.QINIU_REGION === undefined ? undefined : regionOrigins(env.QINIU_REGION);
  const service = (subject: string, url: string | undefined, byRegion: string | undefined, name: string) => {
    const origin = url ?? byRegion;
    return origin ? [{ subject, origin, remedy: url ? name : 'QINIU_REGION' }] : [];
  };
  const hosts = [
    ...service('qiniu objects', env.QINIU_RS_URL, region?.rs[0], 'QINIU_RS_URL'),
    ...service('qiniu uploads', env.QINIU_UPLOAD_URL, region?.up[0], 'QINIU_UPLOAD_URL'),
  ];
  const regions = {
    subject: 'qiniu regions',
    origin: UC_ORIGINS[0],
    remedy: 'set QINIU_REGION where this network may not',
  };
  return [
    ...hosts,
    ...(hosts.length < 2 ? [regions] : []),
    { subject: 'qiniu reading', origin: env.QINIU_DOMAIN!, remedy: 'QINIU_DOMAIN' },
  ];
}
