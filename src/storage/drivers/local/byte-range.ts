import type { ByteRange } from '../../object-storage.interface';

/**
 * What a range comes to in an object of this size.
 * @returns undefined when there is nothing within it, or it is none
 */
export function resolveRange(
  { start, end = Infinity }: ByteRange,
  size: number,
): Required<ByteRange> | undefined {
  if (!Number.isSafeInteger(start) || start < 0 || start >= size) return undefined;
  if (end !== Infinity && (!Number.isSafeInteger(end) || end < start)) return undefined;
  return { start, end: Math.min(end, size - 1) };
}

const SINGLE = /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/;

/**
 * The `Range` of a request (RFC 9110, 14.2).
 * @returns undefined for what may be ignored: several ranges, other units, what is no range; `none` when nothing is within it
 */
export function rangeOf(header: string | undefined, size: number): Required<ByteRange> | 'none' | undefined {
  const [whole, start, end, last] = SINGLE.exec(header ?? '') ?? [];
  if (whole === undefined) return undefined;
  // The last so many bytes.
  if (last !== undefined)
    return (
      resolveRange({ start: Number(last) === 0 ? size : Math.max(0, size - Number(last)) }, size) ?? 'none'
    );
  if (end !== '' && Number(end) < Number(start)) return undefined;
  return resolveRange({ start: Number(start), end: end === '' ? undefined : Number(end) }, size) ?? 'none';
}
