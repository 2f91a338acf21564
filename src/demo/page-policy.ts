import { objectKey } from '../storage/object-key';
import type { ObjectStorage } from '../storage/object-storage.interface';

/**
 * Where a page uploads to, and sees objects. A ticket that nobody gets is made besides: Qiniu, unless it is configured, is
 * asked where uploads go when the first ticket is made.
 */
export async function storeOrigins(store: ObjectStorage): Promise<string[]> {
  const key = objectKey({ purpose: 'demo', name: 'raw', extension: 'png' });
  const wanted = { key, minBytes: 1, maxBytes: 1, contentType: 'image/png', expiresIn: 1 };
  const tickets = await store.createUploadTicket({ ...wanted, uploadId: 'demo', owner: 'demo' }).then(
    ({ url }) => [new URL(url).origin],
    // The page says what is wrong with the store when somebody uploads.
    () => [],
  );
  return [...new Set([...store.origins(), ...tickets])];
}

/** Files of its own, this service and its store, and nothing else in the world. */
export function pagePolicy(origins: readonly string[]): string {
  const reached = ["'self'", ...origins].join(' ');
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src ${reached}`,
    `img-src ${reached}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}
