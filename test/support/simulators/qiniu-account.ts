import { QiniuRefusal } from './qiniu-exchange';
import type { Bucket, StoredObject } from './qiniu-objects';
import type { QiniuKeys } from './qiniu-signing';

export interface QiniuAccountOptions {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Names of buckets, and whether each is private. */
  readonly buckets: Readonly<Record<string, { readonly isPrivate: boolean }>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Sample account: looks fake and is. */
export const QINIU_ACCOUNT: QiniuAccountOptions = {
  accessKey: 'ak-sample-0000000000000000000000000001',
  secretKey: 'sk-sample-secret-00000000000000000001',
  buckets: { avatars: { isPrivate: true }, open: { isPrivate: false } },
  now: () => Date.now(),
};

/** The keys, the buckets and the clock. */
export class QiniuAccount {
  readonly keys: QiniuKeys;
  readonly buckets: ReadonlyMap<string, Bucket>;
  private lastTick = 0n;

  constructor(private readonly options: QiniuAccountOptions) {
    this.keys = options;
    this.buckets = new Map(
      Object.entries(options.buckets).map(([name, { isPrivate }]) => [
        name,
        { isPrivate, objects: new Map<string, StoredObject>() },
      ]),
    );
  }

  now(): number {
    return this.options.now();
  }

  /** Of 100 ns, and never the same twice. */
  tick(): bigint {
    const now = BigInt(Math.floor(this.now())) * 10_000n;
    this.lastTick = now > this.lastTick ? now : this.lastTick + 1n;
    return this.lastTick;
  }

  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (!bucket) throw new QiniuRefusal(631, 'no such bucket');
    return bucket;
  }

  object(bucket: string, key: string): StoredObject {
    const object = this.bucket(bucket).objects.get(key);
    if (!object) throw new QiniuRefusal(612, 'no such file or directory');
    return object;
  }
}
