import { createHash } from 'node:crypto';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { Clock } from '../../../common/clock';
import type { ObjectBody, ObjectFacts, PutOptions } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import type { Deadline } from '../common/deadline';
import type { PartSource } from '../common/part-source';
import { transfer } from '../common/transfer';
import type { S3Connection } from './s3-connection';
import { S3Error } from './s3-error';
import { plainEtag, type S3Objects } from './s3-objects';
import { type Line, MAX_PARTS, S3Parts } from './s3-parts';

/** How often a key is tried that somebody else writes at the same moment. */
const MAX_CONFLICTS = 3;

interface Upload {
  readonly key: string;
  readonly options: PutOptions;
  readonly deadline: Deadline;
}

/** Content on its way in: what fits into one part in one call, parts for the rest. */
export class S3Uploads {
  constructor(
    private readonly connection: S3Connection,
    private readonly objects: S3Objects,
    private readonly clock: Clock,
  ) {}

  /** @throws {StorageError} and nothing is left behind */
  async put(key: string, body: ObjectBody, options: PutOptions): Promise<ObjectFacts> {
    const { transferMs: ms, partBytes: usual } = this.connection.limits;
    const partBytes = Math.max(usual, Math.ceil((options.size ?? lengthOf(body)) / MAX_PARTS));
    return transfer(body, options, { ms, partBytes }, (source, deadline) =>
      this.send({ key, options, deadline }, source, partBytes),
    );
  }

  private async send(upload: Upload, source: PartSource, partBytes: number): Promise<ObjectFacts> {
    const { key, options } = upload;
    const lines = Array.from({ length: this.connection.limits.partsAtOnce }, () => ({
      slab: source.newSlab(),
    }));
    const part = await source.next(lines[0].slab, (whole) => whole);
    if (part.length < partBytes) {
      const etag = await this.putWhole(upload, part);
      options.onProgress?.(part.length);
      const lastModified = new Date(this.clock.now());
      return { key, size: part.length, contentType: options.contentType, etag, lastModified };
    }
    await this.putParts(upload, source, [{ ...lines[0], part }, ...lines.slice(1)]);
    return this.assertWhole(key, source.length);
  }

  private async putWhole(upload: Upload, content: Buffer): Promise<string> {
    const input = { ...this.input(upload), Body: content, ContentLength: content.length };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.connection.send(
          'put',
          async (client, { PutObjectCommand }, abortSignal) =>
            plainEtag(await client.send(new PutObjectCommand(input), { abortSignal })),
          upload.deadline,
        );
      } catch (error) {
        if (!(error instanceof S3Error)) throw error;
        // Somebody else writes the same key just now: the next answer says who was first.
        if (error.code === 'ConditionalRequestConflict' && attempt < MAX_CONFLICTS) continue;
        if (error.fault !== 'exists' || error.attempts === 1) throw error;
        return await this.settle(upload.key, content, error);
      }
    }
  }

  /** What is in the way may be our own, stored by an attempt whose answer was lost. */
  private async settle(key: string, content: Buffer, error: S3Error): Promise<string> {
    const stored = await this.objects.stat(key);
    if (stored?.etag !== createHash('md5').update(content).digest('hex')) throw error;
    return stored.etag;
  }

  private putParts(upload: Upload, source: PartSource, lines: readonly Line[]): Promise<void> {
    const { key, options, deadline } = upload;
    const parts = new S3Parts(this.connection, this.input(upload), source, deadline, options.onProgress);
    return parts.send(lines, async () => {
      // Stores that do not know the condition at the end of an upload ignore it.
      if (options.createOnly) await this.objects.assertFree(key);
    });
  }

  /** Of what was put together from parts some stores tell no ETag. */
  private async assertWhole(key: string, size: number): Promise<ObjectFacts> {
    const stored = await this.objects.stat(key);
    if (stored?.size === size) return stored;
    throw new StorageError('unavailable', `upload: ${stored?.size ?? 'none'} of ${size} bytes are there`);
  }

  private input({ key, options }: Upload): Omit<PutObjectCommandInput, 'Body'> {
    const { contentType, cacheControl, createOnly } = options;
    return {
      Bucket: this.connection.bucket,
      Key: key,
      ContentType: contentType,
      CacheControl: cacheControl,
      ...(createOnly && { IfNoneMatch: '*' }),
    };
  }
}

/** Bytes, as far as they are known without asking. */
function lengthOf(body: ObjectBody): number {
  return Buffer.isBuffer(body) ? body.length : 0;
}
