import type { Readable } from 'node:stream';
import { SNIFFED_BYTES } from '../images/image-header';
import type { ObjectFacts, ObjectStorage } from '../object-storage.interface';
import { StorageError } from '../storage.error';
import type { Upload } from './upload';

/** Why what lies in the store is not what was agreed upon. */
export type Disagreement = 'wrong-size' | 'wrong-type' | 'wrong-owner';

/** Stores enforce the ticket; this holds for one that does not, or that somebody else writes to. */
export function disagreement(upload: Upload, facts: ObjectFacts): Disagreement | undefined {
  if (facts.size < 1 || facts.size > upload.maxBytes) return 'wrong-size';
  const [type] = facts.contentType.split(';', 1);
  if (type.trim().toLowerCase() !== upload.contentType) return 'wrong-type';
  if (facts.owner !== undefined && facts.owner !== upload.ownerId) return 'wrong-owner';
  return undefined;
}

/** The first bytes: enough to refuse most of what is no picture without fetching the rest. */
export async function readHead(store: ObjectStorage, key: string, signal: AbortSignal): Promise<Buffer> {
  const { stream } = await store.getStream(key, { range: { start: 0, end: SNIFFED_BYTES - 1 }, signal });
  return collect(stream, SNIFFED_BYTES);
}

/**
 * All of an object that was looked at before.
 * @throws {StorageError} `unavailable` when it came in part, or is another one by now
 */
export async function readWhole(
  store: ObjectStorage,
  { key, size, etag }: ObjectFacts,
  signal: AbortSignal,
): Promise<Buffer> {
  const { stream, facts } = await store.getStream(key, { signal });
  if (facts.size !== size || facts.etag !== etag) {
    stream.destroy();
    throw new StorageError('unavailable', 'the object has changed');
  }
  const bytes = await collect(stream, size);
  if (bytes.length !== size) throw new StorageError('unavailable', 'the object came in part');
  return bytes;
}

/** @param limit bytes; more are an error: nothing is read that nobody asked for */
async function collect(stream: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw new StorageError('unavailable', 'more came than was asked for');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof StorageError) throw error;
    throw new StorageError('unavailable', 'reading broke off', { cause: error });
  }
  return Buffer.concat(chunks, size);
}
