export interface QiniuOptions {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly bucket: string;
  /** Origin that objects are read from, e.g. `https://cdn.example.com`: the domain that is bound to the bucket. */
  readonly domain: string;
  /** Whether the bucket is private: what is read from it needs a signed URL. Default true. */
  readonly private?: boolean;
  /** `z0`, `cn-east-2`, `as0`, ... Without it Qiniu is asked, and the answer kept for as long as it says. */
  readonly region?: string;
  /** Origins that win over the region's: tests, private clouds. */
  readonly uploadUrl?: string;
  readonly rsUrl?: string;
  readonly rsfUrl?: string;
  /** Origins that are asked for the region. */
  readonly ucUrls?: readonly string[];
  /** Plain http to other machines: a private cloud, or one of Qiniu's test domains. Default false; loopback may always. */
  readonly allowPlainHttp?: boolean;
  /** Public URL of this service that Qiniu tells of uploads. Without it tickets ask for no callback. */
  readonly callbackUrl?: string;
  /** What it is called in messages. Default `qiniu`. */
  readonly name?: string;
  readonly limits?: Partial<QiniuLimits>;
}

/** All in milliseconds. */
export interface QiniuLimits {
  /** One call of the management API with its repetitions. Default 10 s. */
  readonly callMs: number;
  /** One object on its way in or out, from beginning to end. Default 15 min. */
  readonly transferMs: number;
  /** One part of 4 MiB on its way in, and the longest pause on the way out. Default 30 s. */
  readonly stallMs: number;
  /** Before the first repetition; later ones wait longer. Default 300 ms. */
  readonly retryMs: number;
}

export const DEFAULT_LIMITS: QiniuLimits = {
  callMs: 10_000,
  transferMs: 15 * 60_000,
  stallMs: 30_000,
  retryMs: 300,
};
