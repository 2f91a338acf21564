import { unlink } from 'node:fs/promises';
import { assertMediaType } from '../../check-arguments';
import { isStream } from '../../object-body';
import type { ObjectBody } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import { storageError } from '../common/fs-fault';
import type { LocalFolder } from './local-folder';
import { encodeTrailer, type Trailer } from './object-file';
import { writeAll, writeBody, type WriteLimits } from './write-object';

/** What an object is to be, and when it becomes one. */
export interface Placing {
  readonly contentType: string;
  readonly cacheControl?: string;
  readonly owner?: string;
  readonly createOnly: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Before it is seen; rejects to keep it from that. */
  readonly before?: () => Promise<void>;
}

/** As it goes into a header: nothing but what is printed. */
const HEADER_VALUE = /^[\x20-\x7e]{1,200}$/;

/** Writes a body into a file that nobody sees, and makes it the object of a key once it is whole and safe on the disk. */
export async function placeObject(
  files: LocalFolder,
  key: string,
  body: ObjectBody,
  limits: WriteLimits,
  placing: Placing,
): Promise<Trailer> {
  try {
    return await place(files, key, body, limits, placing);
  } catch (error) {
    if (isStream(body)) body.destroy();
    // Arguments that can't be right are a fault of ours.
    throw error instanceof TypeError ? error : storageError(error, 'writing');
  }
}

async function place(
  files: LocalFolder,
  key: string,
  body: ObjectBody,
  limits: WriteLimits,
  { createOnly, before, ...said }: Placing,
): Promise<Trailer> {
  assertMediaType(said.contentType);
  if (said.cacheControl !== undefined && !HEADER_VALUE.test(said.cacheControl))
    throw new TypeError('Not a Cache-Control');
  if (limits.signal?.aborted) throw new StorageError('aborted', 'given up');
  const { path, handle } = await files.createTemporary();
  try {
    const trailer = { ...(await writeBody(handle, body, limits)), ...said };
    await writeAll(handle, encodeTrailer(trailer));
    await handle.sync();
    await handle.close();
    await before?.();
    await files.place(path, key, createOnly);
    return trailer;
  } finally {
    await handle.close();
    await unlink(path).catch(() => undefined);
  }
}
