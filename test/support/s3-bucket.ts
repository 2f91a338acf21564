import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Clock } from '../../src/common/clock';
import { S3Driver, type S3Options } from '../../src/storage/drivers/s3/s3.driver';
import { newBucketName, type S3Server, startS3Server } from './s3-server';

/** Nobody listens there. */
const NOBODY = 'http://127.0.0.1:1';

/** A bucket of its own on a real server, and the driver before it. */
export class S3Bucket {
  readonly options: S3Options;
  readonly driver: S3Driver;
  private readonly drivers: S3Driver[] = [];

  private constructor(
    readonly server: S3Server,
    /** Looks at the bucket past the driver. */
    readonly client: S3Client,
    readonly name: string,
    isPublic: boolean,
  ) {
    const { endpoint, accessKeyId, secretAccessKey } = server;
    this.options = {
      endpoint,
      accessKeyId,
      secretAccessKey,
      region: 'us-east-1',
      bucket: name,
      ...(isPublic && { publicUrl: `${endpoint}/${name}` }),
    };
    this.driver = this.driverWith();
  }

  /** @param isPublic its policy lets anybody read */
  static async open({ isPublic = false } = {}): Promise<S3Bucket> {
    const server = await startS3Server();
    const { endpoint, accessKeyId, secretAccessKey } = server;
    const client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    const name = newBucketName();
    await client.send(new CreateBucketCommand({ Bucket: name }));
    if (isPublic)
      await client.send(new PutBucketPolicyCommand({ Bucket: name, Policy: publicReading(name) }));
    return new S3Bucket(server, client, name, isPublic);
  }

  /** Another driver before the same bucket. */
  driverWith(changes: Partial<S3Options> = {}, clock?: Clock): S3Driver {
    const driver = new S3Driver({ ...this.options, ...changes }, clock);
    this.drivers.push(driver);
    return driver;
  }

  withOtherSecret(): S3Driver {
    return this.driverWith({ secretAccessKey: 'not/the+secret0000000000000000000000000000' });
  }

  unreachable(): S3Driver {
    return this.driverWith({ endpoint: NOBODY });
  }

  atAnotherTime(offsetMs: number): S3Driver {
    return this.driverWith({}, { now: () => Date.now() + offsetMs });
  }

  async keys(): Promise<string[]> {
    const { Contents = [] } = await this.client.send(new ListObjectsV2Command({ Bucket: this.name }));
    return Contents.map(({ Key = '' }) => Key);
  }

  /** Uploads by parts that are neither finished nor aborted. */
  async unfinished(): Promise<string[]> {
    const { Uploads = [] } = await this.client.send(new ListMultipartUploadsCommand({ Bucket: this.name }));
    return Uploads.map(({ Key = '' }) => Key);
  }

  /** Connections that are not closed would keep the process. */
  async close(): Promise<void> {
    const keys = await this.keys();
    const Objects = keys.map((Key) => ({ Key }));
    if (keys.length > 0)
      await this.client.send(new DeleteObjectsCommand({ Bucket: this.name, Delete: { Objects } }));
    await Promise.all(this.drivers.map((driver) => driver.close()));
    this.client.destroy();
    await this.server.stop();
  }
}

/** Anybody may read everything. */
function publicReading(bucket: string): string {
  const Statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: ['s3:GetObject'],
    Resource: [`arn:aws:s3:::${bucket}/*`],
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
}
