import { type Clock, systemClock } from '../../../common/clock';
import { assertLinkTime, assertMediaType, assertTicketRequest } from '../../check-arguments';
import { assertObjectKey } from '../../object-key';
import type {
  GetOptions,
  LinkOptions,
  ObjectBody,
  ObjectFacts,
  ObjectStorage,
  ObjectStream,
  PutOptions,
  StorageCapabilities,
  StorageCheck,
  UploadTicket,
  UploadTicketRequest,
} from '../../object-storage.interface';
import { limitsOf } from '../common/limits';
import { assertAddresses, bucketAddress } from './s3-address';
import { checkS3 } from './s3-checkup';
import { S3Connection } from './s3-connection';
import { S3Downloads } from './s3-downloads';
import { S3Objects } from './s3-objects';
import { S3Uploads } from './s3-uploads';
import { DEFAULT_LIMITS, LEAST_PART_BYTES, type S3Options, type S3Place } from './s3.options';
import { linkTimes, signedGetUrl } from './signed-url';
import { uploadTicket } from './upload-ticket';

export type { S3Limits, S3Options } from './s3.options';

/**
 * A bucket of AWS S3, or of a store that speaks S3: MinIO, Ceph (radosgw), Qiniu's S3 endpoint, others. Only options
 * differ; they say what each store wants. The AWS SDK is loaded with the first call.
 */
export class S3Driver implements ObjectStorage {
  readonly name: string;
  readonly capabilities: StorageCapabilities;
  private readonly options: S3Place;
  private readonly connection: S3Connection;
  private readonly objects: S3Objects;
  private readonly uploads: S3Uploads;
  private readonly downloads: S3Downloads;

  /** Opens nothing yet. @throws {TypeError} for settings that can't be meant */
  constructor(
    options: S3Options,
    private readonly clock: Clock = systemClock,
  ) {
    assertAddresses(options);
    assertKeys(options);
    const limits = limitsOf(DEFAULT_LIMITS, options.limits);
    if (limits.partBytes < LEAST_PART_BYTES) throw new TypeError('S3 takes no parts below 5 MiB');
    this.name = options.name ?? 's3';
    this.capabilities = {
      callback: false,
      contentSniffing: false,
      imageOps: false,
      createOnlyTickets: false,
      // Of what is larger than a part, only by stores that know conditions at the end of an upload by parts, as AWS does.
      createOnlyPut: true,
      publicUrls: options.publicUrl !== undefined,
    };
    this.connection = new S3Connection(options, limits);
    this.options = this.connection.options;
    this.objects = new S3Objects(this.connection);
    this.uploads = new S3Uploads(this.connection, this.objects, clock);
    this.downloads = new S3Downloads(this.connection);
  }

  async put(key: string, body: ObjectBody, options: PutOptions): Promise<ObjectFacts> {
    assertObjectKey(key);
    assertMediaType(options.contentType);
    return this.uploads.put(key, body, options);
  }

  async getStream(key: string, options: GetOptions = {}): Promise<ObjectStream> {
    assertObjectKey(key);
    return this.downloads.get(key, options);
  }

  async stat(key: string): Promise<ObjectFacts | undefined> {
    assertObjectKey(key);
    return this.objects.stat(key);
  }

  async delete(key: string): Promise<void> {
    assertObjectKey(key);
    await this.objects.delete(key);
  }

  async copy(from: string, to: string, { overwrite = false } = {}): Promise<void> {
    assertObjectKey(from);
    assertObjectKey(to);
    await this.objects.copy(from, to, overwrite);
  }

  publicUrl(key: string): string {
    assertObjectKey(key);
    return `${this.publicBase}/${key}`;
  }

  async signedUrl(key: string, { expiresIn, downloadName }: LinkOptions): Promise<string> {
    assertObjectKey(key);
    assertLinkTime(expiresIn);
    const place = { Bucket: this.options.bucket, Key: key };
    const times = linkTimes(this.clock.now(), expiresIn);
    return signedGetUrl(await this.connection.openSigner(), place, times, downloadName);
  }

  async createUploadTicket(request: UploadTicketRequest): Promise<UploadTicket> {
    assertTicketRequest(request);
    return uploadTicket(await this.connection.openSigner(), this.options.bucket, request, this.clock);
  }

  origins(): readonly string[] {
    const { options } = this;
    const { origin } = bucketAddress(options, options.browserEndpoint ?? options.endpoint);
    return [...new Set([origin, new URL(this.publicBase).origin])];
  }

  checkup(): Promise<StorageCheck[]> {
    return checkS3(this.connection, () => this.clock.now());
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private get publicBase(): string {
    const { publicUrl, browserEndpoint, endpoint } = this.options;
    if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '');
    const { origin, path } = bucketAddress(this.options, browserEndpoint ?? endpoint);
    return origin + path;
  }
}

/** With half a pair the SDK would look for others by itself. @throws {TypeError} */
function assertKeys({ accessKeyId, secretAccessKey }: S3Options): void {
  if (!accessKeyId !== !secretAccessKey)
    throw new TypeError('S3 needs both halves of a pair of keys, or none');
}
