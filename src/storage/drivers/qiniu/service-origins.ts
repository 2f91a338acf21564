import { vendorUrl } from '../../../common/vendor-url';

/** Uploads, objects, lists. */
export type Service = 'up' | 'rs' | 'rsf';
/** Origins by service, the best one first. */
export type ServiceOrigins = Readonly<Record<Service, readonly string[]>>;

const REGION = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/**
 * Where a region is. Names are not checked against a list: Qiniu opens new ones.
 * @param region `z0`, `cn-east-2`, ...
 */
export function regionOrigins(region: string): ServiceOrigins {
  if (!REGION.test(region)) throw new TypeError(`Not a Qiniu region: ${region}`);
  // The oldest region has uploads at names without it.
  const accelerated = region === 'z0' ? 'upload' : `upload-${region}`;
  return {
    up: [`https://${accelerated}.qiniup.com`, `https://up-${region}.qiniup.com`],
    rs: [`https://rs-${region}.qiniuapi.com`],
    rsf: [`https://rsf-${region}.qiniuapi.com`],
  };
}

/** @throws {TypeError} for what is no origin, and for plain http unless it is this machine or allowed */
export function originOf(url: string, allowPlainHttp = false): string {
  return vendorUrl(url, '/', { allowPlainHttp }).origin;
}
