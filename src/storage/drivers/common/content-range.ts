import type { ByteRange } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';

/**
 * Value of `Range` (RFC 9110, 14.2).
 * @throws {StorageError} `range` for what is none
 */
export function rangeHeader({ start, end }: ByteRange): string {
  const isSound = isPosition(start) && (end === undefined || (isPosition(end) && end >= start));
  if (!isSound) throw new StorageError('range', 'not a range of bytes');
  return `bytes=${start}-${end ?? ''}`;
}

/** @param header value of `Content-Range`, e.g. `bytes 0-9/100` */
export function readContentRange(
  header: string | string[] | undefined,
): (Required<ByteRange> & { readonly size: number }) | undefined {
  const [, start, end, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(String(header)) ?? [];
  return start && end && size ? { start: Number(start), end: Number(end), size: Number(size) } : undefined;
}

function isPosition(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
