import { Writable } from 'node:stream';
import { Problem } from '../../common/problem';
import type { GrowingFile } from './growing-file';

/** What becomes of a file that comes in. */
export interface Intake {
  /**
   * Called once, with the first bytes: enough to tell the format, or all there are.
   * @returns bytes that may come
   */
  begin(head: Buffer): Promise<number>;
  /** Told how many bytes have come so far. */
  onBytes(received: number): void;
  /** All has come: so many bytes. */
  onEnd(size: number): void;
}

const HEAD_BYTES = 16;
/** Chunks of a connection are small: so much of them is written at once. */
const BLOCK_BYTES = 1024 * 1024;

type Done = (error?: Error) => void;

/**
 * Takes one file in: into memory, and what is too much for it into a file. No promise is made for a chunk: in large transfers
 * they cost more than anything else.
 */
export class IntakeStream extends Writable {
  private size = 0;
  private maxBytes?: number;
  private chunks: Buffer[] = [];
  private waiting = 0;
  private file?: GrowingFile;
  private work: Promise<void> = Promise.resolve();

  /** @param open called once, when more has come than stays in memory */
  constructor(
    private readonly intake: Intake,
    private readonly memoryBytes: number,
    private readonly open: () => Promise<GrowingFile>,
  ) {
    super();
  }

  /** When nothing of this is under way any more: the source may break off at any time. */
  idle(): Promise<void> {
    return this.work.catch(() => undefined);
  }

  /** All that has come, where no file was opened. */
  bytes(): Buffer {
    return Buffer.concat(this.chunks, this.waiting);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.size += chunk.length;
    this.waiting += chunk.length;
    this.chunks.push(chunk);
    if (this.maxBytes !== undefined) return this.take(done);
    if (this.size < HEAD_BYTES) return done();
    this.waitFor(this.begin(), () => this.take(done), done);
  }

  override _final(done: Done): void {
    this.waitFor(this.finish(), done, done);
  }

  private waitFor(work: Promise<void>, next: () => void, fail: Done): void {
    this.work = work;
    work.then(() => next(), fail);
  }

  private async begin(): Promise<void> {
    this.maxBytes = await this.intake.begin(this.bytes().subarray(0, HEAD_BYTES));
  }

  private take(done: Done): void {
    if (this.size > this.maxBytes!) return done(new Problem('UPLOAD_TOO_LARGE'));
    this.intake.onBytes(this.size);
    if (this.waiting <= (this.file ? BLOCK_BYTES : this.memoryBytes)) return done();
    this.waitFor(this.writeBlock(), done, done);
  }

  private async finish(): Promise<void> {
    if (this.size === 0) throw new Problem('UPLOAD_TOO_SMALL');
    if (this.maxBytes === undefined) await this.begin();
    if (this.size > this.maxBytes!) throw new Problem('UPLOAD_TOO_LARGE');
    this.intake.onEnd(this.size);
    if (this.file && this.waiting > 0) await this.writeBlock();
    this.file?.end();
  }

  private async writeBlock(): Promise<void> {
    const { chunks } = this;
    this.chunks = [];
    this.waiting = 0;
    this.file ??= await this.open();
    await this.file.append(chunks);
  }
}
