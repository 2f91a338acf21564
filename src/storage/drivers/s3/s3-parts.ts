import type { CompletedPart, PutObjectCommandInput } from '@aws-sdk/client-s3';
import { StorageError } from '../../storage.error';
import { Deadline } from '../common/deadline';
import type { PartSource, Slab } from '../common/part-source';
import type { S3Connection } from './s3-connection';
import { plainEtag } from './s3-objects';

/** How many parts S3 takes. */
export const MAX_PARTS = 10_000;

/** Sends one part after the other out of one slab. */
export interface Line {
  readonly slab: Slab;
  /** What was read into it already. */
  readonly part?: Buffer;
}

/**
 * One object in parts, several of them under way at once. It holds as many slabs as parts may be under way, and uses them
 * again; the SDK's own helper (lib-storage) makes a new buffer for each part and leaves parts under way behind when it gives up.
 * - The deadline and the first failure end all parts under way, and the source.
 * - The upload is begun and aborted whatever the caller does meanwhile, so that its id is known and nothing is left.
 * - It is aborted when no part is under way any more: one that comes later would be kept.
 */
export class S3Parts {
  private readonly failure = new AbortController();
  private readonly work: Deadline;
  private readonly sent: CompletedPart[] = [];
  private number = 0;
  private taken = 0;

  /** @param deadline of the whole */
  constructor(
    private readonly connection: S3Connection,
    private readonly input: Omit<PutObjectCommandInput, 'Body'>,
    private readonly source: PartSource,
    private readonly deadline: Deadline,
    private readonly onProgress?: (bytes: number) => void,
  ) {
    this.work = new Deadline(connection.limits.transferMs, this.failure.signal);
  }

  /**
   * @param beforeEnd asked before the parts become an object
   * @throws {StorageError} and no part is left
   */
  async send(lines: readonly Line[], beforeEnd: () => Promise<void>): Promise<void> {
    this.deadline.signal.addEventListener('abort', this.onDeadline);
    try {
      const { UploadId } = await this.connection.call('begin upload', (client, sdk, abortSignal) =>
        client.send(new sdk.CreateMultipartUploadCommand(this.input), { abortSignal }),
      );
      try {
        if (this.deadline.fault) throw this.deadline.fault;
        await this.sendParts(UploadId, lines);
        await beforeEnd();
        await this.complete(UploadId);
      } catch (error) {
        await this.abort(UploadId);
        throw error;
      }
    } finally {
      this.deadline.signal.removeEventListener('abort', this.onDeadline);
      this.work.end();
    }
  }

  private async sendParts(UploadId: string | undefined, lines: readonly Line[]): Promise<void> {
    const sending = lines.map((line) =>
      this.sendBy(line, UploadId).catch((error: unknown) => {
        this.giveUp(error);
        throw error;
      }),
    );
    const ends = await Promise.allSettled(sending);
    const first = this.failure.signal.reason as unknown;
    if (ends.some(({ status }) => status === 'rejected')) throw first;
  }

  /** Part after part by one line. */
  private async sendBy({ slab, part }: Line, UploadId: string | undefined): Promise<void> {
    let next = part ? { body: part, number: this.nextNumber() } : await this.read(slab);
    while (next.body.length > 0) {
      await this.sendPart(next.body, next.number, UploadId);
      next = await this.read(slab);
    }
  }

  /** The source answers one after the other: numbers go with the order of what was read. */
  private async read(slab: Slab): Promise<{ readonly body: Buffer; readonly number: number }> {
    return this.source.next(slab, (body) => ({ body, number: body.length > 0 ? this.nextNumber() : 0 }));
  }

  private nextNumber(): number {
    if (this.number === MAX_PARTS)
      throw new StorageError('too-large', `upload: more than ${MAX_PARTS} parts`);
    return ++this.number;
  }

  private async sendPart(Body: Buffer, PartNumber: number, UploadId: string | undefined): Promise<void> {
    const { Bucket, Key } = this.input;
    const answer = await this.connection.send(
      'upload',
      (client, sdk, abortSignal) =>
        client.send(new sdk.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }), { abortSignal }),
      this.work,
    );
    plainEtag(answer);
    this.sent.push({ ...checksumsOf(answer), ETag: answer.ETag, PartNumber });
    this.taken += Body.length;
    this.onProgress?.(this.taken);
  }

  private async complete(UploadId: string | undefined): Promise<void> {
    const { Bucket, Key, IfNoneMatch } = this.input;
    const Parts = this.sent.sort((a, b) => a.PartNumber! - b.PartNumber!);
    const input = { Bucket, Key, IfNoneMatch, UploadId, MultipartUpload: { Parts } };
    await this.connection.send(
      'end upload',
      (client, sdk, abortSignal) =>
        client.send(new sdk.CompleteMultipartUploadCommand(input), { abortSignal }),
      this.work,
    );
  }

  /** What can't be aborted now is left to the bucket's rule for unfinished uploads: the first failure is the one to tell. */
  private async abort(UploadId: string | undefined): Promise<void> {
    const { Bucket, Key } = this.input;
    await this.connection
      .call('abort upload', (client, sdk, abortSignal) =>
        client.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId }), { abortSignal }),
      )
      .catch(() => undefined);
  }

  private readonly onDeadline = (): void => this.giveUp(this.deadline.fault);

  private giveUp(reason: unknown): void {
    this.failure.abort(reason);
    this.source.close();
  }
}

type Checksums = Pick<CompletedPart, 'ChecksumCRC32' | 'ChecksumCRC32C' | 'ChecksumSHA256'>;

/** Where AWS's newer checksums are in use, the end of an upload has to name them. */
function checksumsOf({ ChecksumCRC32, ChecksumCRC32C, ChecksumSHA256 }: Checksums): Checksums {
  return { ChecksumCRC32, ChecksumCRC32C, ChecksumSHA256 };
}
