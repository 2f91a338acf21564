import { createHash } from 'node:crypto';
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../../common/clock';
import type { ObjectBody, ObjectFacts, PutOptions } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import { Deadline } from '../qiniu/deadline';
import { loadClientS3, loadUpload } from './aws-sdk';
import { MultipartSender } from './multipart-sender';
import type { S3Connection } from './s3-connection';
import { S3Error, storageErrorOf } from './s3-error';
import { plainEtag, type S3Objects } from './s3-objects';
import { S3Source } from './s3-source';

/** How many parts S3 takes. */
const MAX_PARTS = 10_000;
/** How often a key is tried that somebody else writes at the same moment. */
const MAX_CONFLICTS = 3;

interface Upload {
  readonly key: string;
  readonly options: PutOptions;
  readonly deadline: Deadline;
}

type Stored = Pick<ObjectFacts, 'size' | 'etag'>;

/** Content on its way in: what fits into one part in one call, parts for the rest. */
export class S3Uploads {
  constructor(
    private readonly connection: S3Connection,
    private readonly objects: S3Objects,
    private readonly clock: Clock,
  ) {}

  /** @throws {StorageError} and nothing is left behind */
  async put(key: string, body: ObjectBody, options: PutOptions): Promise<ObjectFacts> {
    const deadline = new Deadline(this.connection.limits.transferMs, options.signal);
    const upload = { key, options, deadline };
    try {
      if (deadline.fault) throw deadline.fault;
      const facts = await (Buffer.isBuffer(body)
        ? this.putBuffer(upload, body)
        : this.putSource(upload, body));
      return { key, contentType: options.contentType, lastModified: new Date(this.clock.now()), ...facts };
    } catch (error) {
      throw deadline.fault ?? error;
    } finally {
      deadline.end();
    }
  }

  private putBuffer(upload: Upload, body: Buffer): Promise<Stored> {
    const { size = body.length } = upload.options;
    if (size !== body.length)
      throw new StorageError(
        body.length > size ? 'too-large' : 'too-small',
        `${body.length} bytes, and ${size} were said`,
      );
    if (body.length <= this.connection.limits.partBytes) return this.putWhole(upload, body);
    return this.putParts(upload, body, () => body.length);
  }

  private async putSource(upload: Upload, body: Exclude<ObjectBody, Buffer>): Promise<Stored> {
    const { deadline, options } = upload;
    const source = new S3Source(body, options.size);
    deadline.signal.addEventListener('abort', source.close);
    try {
      const { chunks, isAll } = await source.head(this.connection.limits.partBytes);
      if (isAll) return await this.putWhole(upload, Buffer.concat(chunks));
      return await this.putParts(upload, source.rest(chunks), () => source.length, source.close);
    } finally {
      deadline.signal.removeEventListener('abort', source.close);
      source.close();
    }
  }

  private async putWhole(upload: Upload, content: Buffer): Promise<Stored> {
    const input = { ...this.input(upload), Body: content, ContentLength: content.length };
    const etag = await this.sendWhole(upload, input, content);
    upload.options.onProgress?.(content.length);
    return { size: content.length, etag };
  }

  private async sendWhole(upload: Upload, input: PutObjectCommandInput, content: Buffer): Promise<string> {
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

  private async putParts(
    upload: Upload,
    body: PutObjectCommandInput['Body'],
    lengthOf: () => number,
    closeSource = (): void => {},
  ): Promise<Stored> {
    const { key, options, deadline } = upload;
    const { limits } = this.connection;
    const [sdk, UploadByParts, client] = [
      await loadClientS3(),
      await loadUpload(),
      await this.connection.open(),
    ];
    const sender = new MultipartSender(this.connection, sdk, client.config, deadline, closeSource, () =>
      options.createOnly ? this.objects.assertFree(key) : Promise.resolve(),
    );
    const partSize = Math.max(limits.partBytes, Math.ceil((options.size ?? 0) / MAX_PARTS));
    const parts = new UploadByParts({
      client: sender as unknown as S3Client,
      params: { ...this.input(upload), Body: body },
      partSize,
      queueSize: limits.partsAtOnce,
      leavePartsOnError: false,
    });
    parts.on('httpUploadProgress', ({ loaded }) => options.onProgress?.(loaded ?? 0));
    try {
      await parts.done();
    } catch (error) {
      throw tooManyParts(error) ?? storageErrorOf('upload', error);
    } finally {
      sender.end();
    }
    return this.assertWhole(key, lengthOf());
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

/** lib-storage has no code for it. */
function tooManyParts(error: unknown): StorageError | undefined {
  const isIt = error instanceof Error && error.message.startsWith('Exceeded ');
  return isIt ? new StorageError('too-large', `upload: more than ${MAX_PARTS} parts`) : undefined;
}
