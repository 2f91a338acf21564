import { Readable } from 'node:stream';
import type { Deadline } from './deadline';

/** What a store answers with. */
export interface Content {
  readonly body: Readable;
  /** What of the body is read. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Of the whole transfer; ends with the stream. */
  readonly deadline: Deadline;
  /** Says in the words of all stores why the body failed. */
  readonly translate: (error: unknown) => Error;
}

/**
 * An object on its way out. It ends with a StorageError or whole, and within its deadline; nothing of the connection is kept
 * once it has ended or its reader has left, whatever the store does just then.
 */
export class ContentStream extends Readable {
  private readonly chunks: AsyncIterator<Buffer, undefined>;

  constructor(private readonly content: Content) {
    super();
    const { body, chunks, deadline } = content;
    this.chunks = chunks[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    // A body that breaks while nobody reads must not end the process.
    body.on('error', () => {});
    if (deadline.fault) this.onEnd();
    else deadline.signal.addEventListener('abort', this.onEnd);
  }

  override _read(): void {
    this.chunks.next().then(
      ({ value }) => this.push(value ?? null),
      (error: unknown) => this.destroy(this.content.deadline.fault ?? this.content.translate(error)),
    );
  }

  /** At once, and not with the next chunk: a store that stalls would be waited for. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const { body, deadline } = this.content;
    deadline.signal.removeEventListener('abort', this.onEnd);
    deadline.end();
    body.destroy();
    callback(error);
  }

  private readonly onEnd = (): void => void this.destroy(this.content.deadline.fault);
}
