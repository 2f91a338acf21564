import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { isSpent, isStream } from '../../object-body';
import type { ObjectBody } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';

const FILE_CHUNK = 256 * 1024;
/** A large buffer is not hashed in one go: other requests wait meanwhile. */
const BUFFER_CHUNK = 1024 * 1024;

export interface WriteLimits {
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytes: number) => void;
}

/** What was written. */
export interface Written {
  readonly size: number;
  readonly etag: string;
}

/**
 * Writes a body to a file, chunk by chunk: no more of it is in memory, and its size is judged while it comes.
 * @throws {StorageError} `too-large`, `too-small`; `aborted` when it breaks off
 */
export async function writeBody(handle: FileHandle, body: ObjectBody, limits: WriteLimits): Promise<Written> {
  const { minBytes, maxBytes, signal, onProgress } = limits;
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of chunksOf(body, signal)) {
    if (signal?.aborted) throw new StorageError('aborted', 'given up');
    size += chunk.length;
    if (size > maxBytes) throw new StorageError('too-large', `more than ${maxBytes} bytes`);
    hash.update(chunk);
    await writeAll(handle, chunk);
    onProgress?.(size);
  }
  if (signal?.aborted) throw new StorageError('aborted', 'given up');
  if (size < minBytes) throw new StorageError('too-small', `${size} bytes, and not ${minBytes}`);
  return { size, etag: hash.digest('hex') };
}

/** A source that fails, or is given up, is no fault of this store. */
async function* chunksOf(body: ObjectBody, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(body)) {
    for (let at = 0; at < body.length; at += BUFFER_CHUNK) yield body.subarray(at, at + BUFFER_CHUNK);
    return;
  }
  const stream = isStream(body) ? body : createReadStream(body.path, { highWaterMark: FILE_CHUNK });
  if (isSpent(stream)) throw new StorageError('aborted', 'the stream was read before');
  if (signal) addAbortSignal(signal, stream);
  try {
    for await (const chunk of stream)
      yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    throw new StorageError('aborted', 'the source broke off', { cause });
  }
}

export async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
}
