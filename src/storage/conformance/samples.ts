import { createCipheriv } from 'node:crypto';
import { Readable } from 'node:stream';

/** One grey point. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==',
  'base64',
);

export const PAGE = Buffer.from('<!doctype html><script>alert(1)</script>');

/** A picture for whoever looks at its beginning; of any size from 67 bytes on. */
export function pictureOf(size: number): Buffer {
  return Buffer.concat([PNG, bytes(size - PNG.length)], size);
}

export const SMALLEST_PICTURE = PNG.length;

/** Noise, the same each time. */
export function bytes(size: number): Buffer {
  const nothing = Buffer.alloc(16);
  return createCipheriv('aes-128-ctr', nothing, nothing).update(Buffer.alloc(Math.max(0, size)));
}

/** A stream as a network gives it: in chunks of uneven size, and no length known. */
export function streamOf(content: Buffer, chunk = 61_007): Readable {
  function* chunks() {
    for (let at = 0; at < content.length; at += chunk) yield content.subarray(at, at + chunk);
  }
  return Readable.from(chunks(), { objectMode: false });
}

/** Gives some bytes, and then nothing for ever. */
export function stallingStream(content: Buffer): Readable {
  const stream = new Readable({ read: () => undefined });
  stream.push(content);
  return stream;
}

/** Gives some bytes, and then breaks. */
export function breakingStream(content: Buffer): Readable {
  function* chunks() {
    yield content;
    throw new Error('The source broke');
  }
  return Readable.from(chunks(), { objectMode: false });
}
