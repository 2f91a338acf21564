import type { FileHandle } from 'node:fs/promises';

// An object is one file: its bytes, then what is known of them. So both come and go in one step, whatever happens to the
// process or the machine; a second file beside it could be there without the first, or belong to one that was replaced.

/** What is known of an object besides its key. */
export interface Trailer {
  readonly size: number;
  readonly contentType: string;
  /** SHA-256 of the bytes, in hexadecimal digits. */
  readonly etag: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly cacheControl?: string;
  readonly owner?: string;
}

const MAGIC = Buffer.from('GATECODE');
const LENGTH_BYTES = 4;
const END_BYTES = LENGTH_BYTES + MAGIC.length;
/** Read in one go. */
const MAX_BYTES = 4_096;

/** Facts, their length, and the mark by which a file is known to be whole. */
export function encodeTrailer(trailer: Trailer): Buffer {
  const facts = Buffer.from(JSON.stringify({ version: 1, ...trailer }));
  if (facts.length + END_BYTES > MAX_BYTES) throw new TypeError('Too much is said of an object');
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(facts.length);
  return Buffer.concat([facts, length, MAGIC]);
}

/** @returns undefined for a file that is not whole, or none of ours */
export async function readTrailer(handle: FileHandle): Promise<Trailer | undefined> {
  const { size: fileSize } = await handle.stat();
  const tail = Buffer.alloc(Math.min(fileSize, MAX_BYTES));
  const { bytesRead } = await handle.read(tail, 0, tail.length, fileSize - tail.length);
  return bytesRead === tail.length ? decodeTrailer(tail, fileSize) : undefined;
}

/** @param tail the last bytes of a file */
function decodeTrailer(tail: Buffer, fileSize: number): Trailer | undefined {
  if (tail.length < END_BYTES || !tail.subarray(-MAGIC.length).equals(MAGIC)) return undefined;
  const length = tail.readUInt32BE(tail.length - END_BYTES);
  const start = tail.length - END_BYTES - length;
  if (start < 0) return undefined;
  const trailer = JSON.parse(tail.toString('utf8', start, start + length)) as Trailer;
  return trailer.size + length + END_BYTES === fileSize ? trailer : undefined;
}
