import type { VariantRule } from '../images/image-variants';
import { objectKey } from '../object-key';
import type { UploadPlace } from './upload';

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
};

/** Where a file comes in. */
export function rawKey({ id, purpose }: UploadPlace, contentType: string): string {
  return objectKey({ purpose, id, name: 'raw', extension: EXTENSIONS[contentType] ?? 'bin' });
}

/** Where a variant lies: always the same, so that it can be written once more. */
export function variantKey({ id, purpose }: UploadPlace, { name, format }: VariantRule): string {
  return objectKey({ purpose, id, name, extension: EXTENSIONS[`image/${format}`] });
}
