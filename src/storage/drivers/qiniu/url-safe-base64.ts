/**
 * Base64 as Qiniu writes it: `-` and `_`, and the padding is kept. Node's own `base64url` drops the padding.
 */
export function urlSafeBase64(content: string | Buffer): string {
  return Buffer.from(content as string)
    .toString('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/**
 * How a path of the management API names an object, or without a key the bucket (EncodedEntryURI).
 * @param key an empty one is a key too
 */
export function encodedEntry(bucket: string, key?: string): string {
  return urlSafeBase64(key === undefined ? bucket : `${bucket}:${key}`);
}
