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
