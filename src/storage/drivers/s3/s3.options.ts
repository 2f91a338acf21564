/**
 * One bucket of a store that speaks S3.
 *
 * - AWS: `region` and `bucket`; neither `endpoint` nor path style. Without keys the SDK's chain of credentials is used.
 * - MinIO, Ceph: `endpoint` and any region that the server accepts (`us-east-1`); path style, which is the default then.
 * - Qiniu's S3 endpoint: `https://s3.<region>.qiniucs.com`, the same region (`cn-east-1`), the bucket's S3 name, and the
 *   keys of Kodo. It knows no callbacks and no limits by content: QiniuDriver has those.
 */
export interface S3Options {
  readonly bucket: string;
  /** Part of every signature: exactly the store's own. */
  readonly region: string;
  /** Origin of the store, e.g. `https://s3.cn-east-1.qiniucs.com`. Default: AWS's in that region. */
  readonly endpoint?: string;
  /** Origin that browsers reach the store by, where it is another one than ours. It is part of signed URLs. */
  readonly browserEndpoint?: string;
  /** Plain http to another machine, for a network of one's own. Default false; loopback may always. */
  readonly allowPlainHttp?: boolean;
  /** Without keys the AWS SDK looks for them itself: environment, files, roles. */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
  /** The bucket in the path and not in the host name. Default: true with an `endpoint`. */
  readonly forcePathStyle?: boolean;
  /** URL before a key at which anybody may read: a CDN, or a bucket whose policy lets anybody. Without it nothing is public. */
  readonly publicUrl?: string;
  /**
   * `required`: checksums of AWS's newer kind are sent and expected only where S3 demands them. `supported` is AWS's own
   * default, which several other stores refuse, or store as part of the object. Default `required`.
   */
  readonly checksums?: 'required' | 'supported';
  /**
   * Whether signatures cover what is sent, too, so that the store refuses what was altered on the way. TLS sees to that by
   * itself, at less than half the cost. Default: over plain http only.
   */
  readonly signBodies?: boolean;
  /** What it is called in messages. Default `s3`. */
  readonly name?: string;
  readonly limits?: Partial<S3Limits>;
}

/** What is no secret. */
export type S3Place = Omit<S3Options, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>;

export interface S3Limits {
  /** One call without content, with its repetitions. Milliseconds, default 10 s. */
  readonly callMs: number;
  /** One object on its way in or out, from beginning to end. Milliseconds, default 15 min. */
  readonly transferMs: number;
  /** One attempt of a call with at most one part, and the longest pause on the way out. Milliseconds, default 30 s. */
  readonly stallMs: number;
  /** Host name, TCP and TLS together. Milliseconds, default 3 s. */
  readonly connectMs: number;
  /** Of one call, the first one included. Default 3. */
  readonly attempts: number;
  /** Bytes of a part; what is smaller is sent in one piece. 5 MiB at least, default 8 MiB. */
  readonly partBytes: number;
  /** Parts on their way at once, each held in memory. Default 3. */
  readonly partsAtOnce: number;
}

const MIB = 1024 ** 2;

/** S3 takes no smaller part but the last one. */
export const LEAST_PART_BYTES = 5 * MIB;

export const DEFAULT_LIMITS: S3Limits = {
  callMs: 10_000,
  transferMs: 15 * 60_000,
  stallMs: 30_000,
  connectMs: 3_000,
  attempts: 3,
  partBytes: 8 * MIB,
  partsAtOnce: 3,
};
