import { systemClock, type Clock } from '../../../common/clock';
import { assertLinkTime, assertMediaType, assertTicketRequest } from '../../check-arguments';
import { assertObjectKey } from '../../object-key';
import type {
  CallbackFacts,
  GetOptions,
  LinkOptions,
  ObjectBody,
  ObjectFacts,
  ObjectStorage,
  ObjectStream,
  PutOptions,
  RawCallback,
  StorageCapabilities,
  StorageCheck,
  UploadTicket,
  UploadTicketRequest,
} from '../../object-storage.interface';
import { Deadline } from '../common/deadline';
import { limitsOf } from '../common/limits';
import { downloadUrl, roundedDeadline, signedDownloadUrl, type DownloadUrlOptions } from './download-url';
import { ticketPolicy, uploadToken } from './put-policy';
import { QiniuCalls } from './qiniu-calls';
import { checkQiniu } from './qiniu-checkup';
import { QiniuCredentials } from './qiniu-credentials';
import { QiniuDownloads } from './qiniu-downloads';
import { QiniuHosts } from './qiniu-hosts';
import { QiniuHttp } from './qiniu-http';
import { QiniuObjects, type ListOptions, type ObjectPage } from './qiniu-objects';
import { QiniuUploads } from './qiniu-uploads';
import { DEFAULT_LIMITS, type QiniuLimits, type QiniuOptions } from './qiniu.options';
import { RegionQuery, UC_ORIGINS } from './region-query';
import { originOf } from './service-origins';
import { readUploadCallback } from './upload-callback';

/** Qiniu Kodo, by its own protocol (https://developer.qiniu.com/kodo). One bucket. */
export class QiniuDriver implements ObjectStorage {
  readonly name: string;
  readonly capabilities: StorageCapabilities;
  /** Only with a callback URL. */
  readonly verifyCallback?: (callback: RawCallback) => CallbackFacts | undefined;
  private readonly credentials: QiniuCredentials;
  private readonly bucket: string;
  private readonly domain: string;
  private readonly callbackUrl?: URL;
  private readonly region?: string;
  private readonly limits: QiniuLimits;
  private readonly query: RegionQuery;
  private readonly hosts: QiniuHosts;
  private readonly objects: QiniuObjects;
  private readonly uploads: QiniuUploads;
  private readonly downloads: QiniuDownloads;

  /** Opens nothing yet. @throws {TypeError} for origins that are none, or that would be reached over plain http */
  constructor(
    options: QiniuOptions,
    private readonly clock: Clock = systemClock,
    private readonly http: QiniuHttp = new QiniuHttp(),
  ) {
    const { accessKey, secretKey, bucket, ucUrls = UC_ORIGINS, allowPlainHttp } = options;
    assertNames(options);
    const isPrivate = options.private ?? true;
    this.name = options.name ?? 'qiniu';
    this.bucket = bucket;
    this.domain = originOf(options.domain, allowPlainHttp);
    this.callbackUrl = options.callbackUrl === undefined ? undefined : readCallbackUrl(options.callbackUrl);
    this.region = options.region;
    this.limits = limitsOf(DEFAULT_LIMITS, options.limits);
    this.capabilities = {
      callback: this.callbackUrl !== undefined,
      contentSniffing: true,
      imageOps: true,
      createOnlyTickets: true,
      createOnlyPut: true,
      publicUrls: !isPrivate,
    };
    const credentials = (this.credentials = new QiniuCredentials(accessKey, secretKey));
    const { callbackUrl } = this;
    if (callbackUrl) {
      this.verifyCallback = (callback) => readUploadCallback(credentials, callbackUrl, callback);
    }
    this.query = new RegionQuery({ accessKey, bucket, ucUrls, allowPlainHttp }, http, clock);
    this.hosts = new QiniuHosts(options, this.query);
    const calls = new QiniuCalls(credentials, this.hosts, http, this.limits, clock);
    this.objects = new QiniuObjects(bucket, calls);
    this.uploads = new QiniuUploads(bucket, credentials, calls, this.objects, this.limits, clock);
    this.downloads = new QiniuDownloads(
      this.domain,
      isPrivate,
      credentials,
      http,
      this.objects,
      this.limits,
      clock,
    );
  }

  async put(key: string, body: ObjectBody, options: PutOptions): Promise<ObjectFacts> {
    assertObjectKey(key);
    assertMediaType(options.contentType);
    return this.uploads.put(key, body, options);
  }

  /** Reads through the domain of the bucket: a cache there may know an older object of the same key. */
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

  /** Beyond the interface: up to 1000 a call. */
  async deleteAll(keys: readonly string[]): Promise<void> {
    keys.forEach(assertObjectKey);
    await this.objects.deleteAll(keys);
  }

  /** Beyond the interface: what is there, in pages. */
  list(options?: ListOptions): Promise<ObjectPage> {
    return this.objects.list(options);
  }

  async copy(from: string, to: string, { overwrite = false } = {}): Promise<void> {
    assertObjectKey(from);
    assertObjectKey(to);
    await this.objects.copy(from, to, overwrite);
  }

  publicUrl(key: string): string {
    assertObjectKey(key);
    return downloadUrl(this.domain, key);
  }

  /** @param options.imageOps what Qiniu does to an image on the way, e.g. `imageView2/1/w/128/h/128` */
  // eslint-disable-next-line @typescript-eslint/require-await -- a bad key rejects, as with every other store
  async signedUrl(key: string, { expiresIn, ...options }: LinkOptions & DownloadUrlOptions): Promise<string> {
    assertObjectKey(key);
    assertLinkTime(expiresIn);
    const url = downloadUrl(this.domain, key, options);
    return signedDownloadUrl(this.credentials, url, roundedDeadline(this.clock.now(), expiresIn));
  }

  /** Asks nobody, unless neither region nor upload URL is configured and Qiniu has not been asked for hours. */
  async createUploadTicket(request: UploadTicketRequest): Promise<UploadTicket> {
    assertTicketRequest(request);
    const { key, expiresIn, maxBytes } = request;
    const ends = Math.floor(this.clock.now() / 1_000) + expiresIn;
    const policy = ticketPolicy(this.bucket, request, ends, this.callbackUrl?.href);
    return {
      method: 'POST',
      url: `${await this.uploadOrigin()}/`,
      fields: { token: uploadToken(this.credentials, policy), key },
      fileField: 'file',
      headers: {},
      expiresAt: new Date(ends * 1_000),
      maxBytes,
    };
  }

  /** Without region and upload URL, uploads are among them only after Qiniu was asked. */
  origins(): readonly string[] {
    return [...new Set([...this.hosts.known('up').slice(0, 1), this.domain])];
  }

  checkup(): Promise<StorageCheck[]> {
    const { bucket, region, domain, callbackUrl, query, objects } = this;
    return checkQiniu({ bucket, region, domain, callbackUrl }, query, objects);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async uploadOrigin(): Promise<string> {
    const deadline = new Deadline(this.limits.callMs);
    try {
      const [origin] = await this.hosts.of('up', deadline);
      return origin;
    } finally {
      deadline.end();
    }
  }
}

/** Others would stand for something else where they are signed. @throws {TypeError} */
function assertNames({ accessKey, secretKey, bucket }: QiniuOptions): void {
  if (!/^[\w-]+$/.test(accessKey) || !secretKey)
    throw new TypeError('Qiniu needs an access key and a secret key');
  if (!/^[\w.-]{1,63}$/.test(bucket)) throw new TypeError('Not the name of a bucket');
}

/** @throws {TypeError} */
function readCallbackUrl(text: string): URL {
  const url = new URL(text);
  // A policy may name several, divided by semicolons; one is meant here.
  if (!/^https?:$/.test(url.protocol) || text.includes(';') || url.hash) {
    throw new TypeError('A callback URL is one http(s) URL');
  }
  return url;
}
