import type { Readable } from 'node:stream';
import type { ObjectBody } from './object-storage.interface';

/** Whether what is stored is a stream. One that reads a file has a path, too; one of another package is no `Readable` of Node's. */
export function isStream(body: ObjectBody): body is Readable {
  return typeof (body as { pipe?: unknown }).pipe === 'function';
}

/** Whether a stream has nothing to give any more: read to its end, it would be stored as an empty object. */
export function isSpent(stream: Readable): boolean {
  return stream.readableEnded || stream.destroyed;
}

/** A stream that can also be read into memory that its reader has already: no other is needed then. */
export interface FillingStream extends Readable {
  /** @returns how many bytes came, at least one; 0 at the end */
  fill(target: Buffer): Promise<number>;
}

export function canFill(stream: Readable): stream is FillingStream {
  return typeof (stream as Partial<FillingStream>).fill === 'function';
}
