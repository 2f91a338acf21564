import type { S3Place } from './s3.options';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** Names that can stand in a host name under a certificate for one label: no dots. */
const HOST_LABEL = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/;

/** Where a bucket is. */
export interface S3Address {
  readonly origin: string;
  /** Without a slash at its end: empty, or the bucket. */
  readonly path: string;
}

/** Whether the bucket stands in the path: when asked to, with every endpoint but AWS's, and where a host name can't hold it. */
export function isPathStyle({ bucket, endpoint, forcePathStyle = endpoint !== undefined }: S3Place): boolean {
  return forcePathStyle || !HOST_LABEL.test(bucket);
}

/** @param endpoint ours, or the one of browsers */
export function bucketAddress(options: S3Place, endpoint = options.endpoint): S3Address {
  const { protocol, host } = new URL(endpoint ?? awsEndpoint(options.region));
  if (isPathStyle(options)) return { origin: `${protocol}//${host}`, path: `/${options.bucket}` };
  return { origin: `${protocol}//${options.bucket}.${host}`, path: '' };
}

/** @throws {TypeError} for settings that can't be meant */
export function assertAddresses(options: S3Place): void {
  const { bucket, region, endpoint, browserEndpoint, publicUrl } = options;
  if (!BUCKET.test(bucket)) throw new TypeError('Not the name of a bucket');
  if (!/^[a-z0-9-]{2,40}$/.test(region)) throw new TypeError('Not the name of a region');
  for (const url of [endpoint, browserEndpoint]) if (url !== undefined) assertOrigin(url, options);
  if (publicUrl !== undefined) assertReached(parsed(publicUrl), options);
}

function assertOrigin(text: string, options: S3Place): void {
  const url = parsed(text);
  assertReached(url, options);
  if (url.pathname !== '/') throw new TypeError(`An endpoint is an origin, without a path: ${url.host}`);
}

function assertReached(url: URL, { allowPlainHttp = false }: S3Place): void {
  const mayBePlain = allowPlainHttp || LOOPBACK.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && mayBePlain))
    throw new TypeError(`A store must be reached over https (plain http only on loopback): ${url.host}`);
  if (url.search || url.hash || url.username || url.password)
    throw new TypeError(`The URL of a store has no query and no user: ${url.host}`);
}

function awsEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

function parsed(text: string): URL {
  if (!URL.canParse(text)) throw new TypeError('The URL of a store is none');
  return new URL(text);
}
