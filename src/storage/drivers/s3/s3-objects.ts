import type { ObjectFacts } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import { S3Error } from './s3-error';
import type { S3Connection } from './s3-connection';

/** What S3 says of an object, by HEAD and by GET. */
export interface ObjectAnswer {
  readonly ContentLength?: number;
  readonly ContentType?: string;
  readonly ETag?: string;
  readonly LastModified?: Date;
  readonly Metadata?: Readonly<Record<string, string>>;
}

/** Name of the metadata of an object, `x-amz-meta-owner`. */
export const OWNER = 'owner';

/** What is asked and done without moving content through this process. */
export class S3Objects {
  private isBucketThere = false;

  constructor(private readonly connection: S3Connection) {}

  async stat(key: string): Promise<ObjectFacts | undefined> {
    const place = { Bucket: this.connection.bucket, Key: key };
    try {
      return await this.connection.call('stat', async (client, { HeadObjectCommand }, abortSignal) =>
        factsOf(key, await client.send(new HeadObjectCommand(place), { abortSignal })),
      );
    } catch (error) {
      if (!(error instanceof S3Error) || error.fault !== 'not-found') throw error;
      await this.assertBucket();
      return undefined;
    }
  }

  /** S3 has deleted what is not there. */
  async delete(key: string): Promise<void> {
    const place = { Bucket: this.connection.bucket, Key: key };
    try {
      await this.connection.call('delete', (client, { DeleteObjectCommand }, abortSignal) =>
        client.send(new DeleteObjectCommand(place), { abortSignal }),
      );
    } catch (error) {
      // Some relatives of S3 tell.
      if (!(error instanceof S3Error) || error.code !== 'NoSuchKey') throw error;
    }
  }

  /**
   * The store copies by itself, up to 5 GiB. That nothing is overwritten is checked by us, too: AWS decides it in one step,
   * and stores that do not know the condition ignore it.
   */
  async copy(from: string, to: string, overwrite: boolean): Promise<void> {
    const { bucket } = this.connection;
    const source = await this.stat(from);
    if (!source) throw new StorageError('not-found', 'copy: no such object');
    if (!overwrite) await this.assertFree(to);
    // S3 refuses to copy an object onto itself; it is there already.
    if (from === to) return;
    const input = {
      Bucket: bucket,
      Key: to,
      CopySource: `${bucket}/${from}`,
      ...(!overwrite && { IfNoneMatch: '*' }),
    };
    await this.connection.call('copy', (client, { CopyObjectCommand }, abortSignal) =>
      client.send(new CopyObjectCommand(input), { abortSignal }),
    );
  }

  /** @throws {StorageError} `exists` */
  async assertFree(key: string): Promise<void> {
    if (await this.stat(key)) throw new StorageError('exists', 'the key is taken');
  }

  /**
   * An answer to HEAD does not say whether the object is missing or its bucket. A bucket that nobody may look at is not
   * held against it.
   */
  private async assertBucket(): Promise<void> {
    if (this.isBucketThere) return;
    const { bucket } = this.connection;
    try {
      await this.connection.call('look for the bucket', (client, { HeadBucketCommand }, abortSignal) =>
        client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal }),
      );
    } catch (error) {
      if (!(error instanceof StorageError) || error.fault === 'unavailable') throw error;
      if (error.fault === 'not-found') throw new StorageError('misconfigured', 'stat: no such bucket');
    }
    this.isBucketThere = true;
  }
}

export function factsOf(key: string, answer: ObjectAnswer, size = answer.ContentLength): ObjectFacts {
  const { ContentType = 'application/octet-stream', LastModified, Metadata } = answer;
  if (size === undefined || !LastModified)
    throw new StorageError('unavailable', 'the answer says too little of the object');
  const owner = Metadata?.[OWNER];
  return {
    key,
    size,
    contentType: ContentType,
    etag: plainEtag(answer),
    lastModified: LastModified,
    ...(owner && { owner }),
  };
}

export function plainEtag({ ETag }: { readonly ETag?: string }): string {
  if (!ETag) throw new StorageError('unavailable', 'the answer has no ETag');
  return ETag.replace(/^(?:W\/)?"(.*)"$/, '$1');
}
