import type { Readable } from 'node:stream';
import type { GetOptions, ObjectStream } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import { rangeHeader, readContentRange } from '../common/content-range';
import { ContentStream } from '../common/content-stream';
import { Deadline } from '../common/deadline';
import type { S3Connection } from './s3-connection';
import { storageErrorOf } from './s3-error';
import { factsOf } from './s3-objects';

/** Content on its way out. */
export class S3Downloads {
  constructor(private readonly connection: S3Connection) {}

  /** The stream ends with a StorageError too, keeps within the deadline of the whole, and does not wait for ever. */
  async get(key: string, { range, signal }: GetOptions): Promise<ObjectStream> {
    const input = { Bucket: this.connection.bucket, Key: key, Range: range && rangeHeader(range) };
    const deadline = new Deadline(this.connection.limits.transferMs, signal);
    let body: Readable | undefined;
    try {
      const answer = await this.connection.send(
        'get',
        (client, { GetObjectCommand }, abortSignal) =>
          client.send(new GetObjectCommand(input), { abortSignal }),
        deadline,
      );
      body = answer.Body as Readable;
      const given = range && readContentRange(answer.ContentRange);
      if (range && !given)
        throw new StorageError('unavailable', 'get: the answer does not keep to the range');
      const facts = factsOf(key, answer, given ? given.size : answer.ContentLength);
      const chunks = counted(watched(body, this.connection.limits.stallMs), answer.ContentLength);
      const translate = (error: unknown): StorageError => storageErrorOf('get', error);
      const stream = new ContentStream({ body, chunks, deadline, translate });
      return { stream, facts, ...(given && { range: { start: given.start, end: given.end } }) };
    } catch (error) {
      body?.destroy();
      deadline.end();
      throw deadline.fault ?? error;
    }
  }
}

/** All of it, or it fails. */
async function* counted(chunks: AsyncIterable<Buffer>, length: number | undefined): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of chunks) {
    read += chunk.length;
    yield chunk;
  }
  if (length !== undefined && read !== length)
    throw new StorageError('unavailable', `get: ${read} of ${length} bytes came`);
}

/** Waits for the store no longer than that. For its reader it waits as long as it takes. */
async function* watched(body: Readable, stallMs: number): AsyncGenerator<Buffer> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const late = new StorageError('unavailable', `get: nothing came for ${stallMs} ms`);
  for (;;) {
    const timer = setTimeout(() => body.destroy(late), stallMs);
    const { value } = await chunks.next().finally(() => clearTimeout(timer));
    if (value === undefined) return;
    yield value;
  }
}
