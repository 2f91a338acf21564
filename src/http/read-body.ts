import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Problem } from '../common/problem';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * The bytes of a body, unfolded when they came compressed.
 * @param limit for what it unfolds to, bytes
 * @throws {Problem} BODY_TOO_LARGE once the rest of it has been read off, so that the client is there to read the answer;
 *   UNSUPPORTED_MEDIA_TYPE, MALFORMED_BODY
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity') {
    if (Number(request.headers['content-length'] ?? 0) > limit) return readOff(request, 'BODY_TOO_LARGE');
    return collect(request, request, limit);
  }
  const decoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding]() : undefined;
  if (!decoder) return Promise.reject(new Problem('UNSUPPORTED_MEDIA_TYPE'));
  return collect(request, request.pipe(decoder), limit);
}

function collect(request: IncomingMessage, stream: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const refuse = (code: 'BODY_TOO_LARGE' | 'MALFORMED_BODY') => {
      stream.off('data', take).off('end', finish);
      if (stream !== request) {
        request.unpipe();
        stream.destroy();
      }
      readOff(request, code).catch(reject);
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) return refuse('BODY_TOO_LARGE');
      chunks.push(chunk);
    };
    const finish = () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size));
    stream.on('data', take).once('end', finish);
    stream.on('error', () => refuse('MALFORMED_BODY'));
    request.once('close', () => {
      // A client that left in the middle.
      if (!request.complete) reject(new Problem('MALFORMED_BODY'));
    });
  });
}

/** Lets a client finish what it is sending, unheard. */
function readOff(request: IncomingMessage, code: 'BODY_TOO_LARGE' | 'MALFORMED_BODY'): Promise<never> {
  return new Promise((_, reject) => {
    const refuse = () => reject(new Problem(code));
    if (request.readableEnded || request.destroyed) return refuse();
    request.once('end', refuse).once('close', refuse).resume();
  });
}
