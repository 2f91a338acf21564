import { createHmac, timingSafeEqual } from 'node:crypto';

import { urlSafeBase64 } from './url-safe-base64';

/** A key pair. Printing it shows no secret. */
export class QiniuCredentials {
  readonly #secretKey: string;

  constructor(
    readonly accessKey: string,
    secretKey: string,
  ) {
    this.#secretKey = secretKey;
  }

  /** `<AccessKey>:<HMAC-SHA1>`, as it stands in tokens and headers. */
  sign(text: string | Buffer): string {
    const digest = createHmac('sha1', this.#secretKey).update(text).digest();
    return `${this.accessKey}:${urlSafeBase64(digest)}`;
  }

  /** Takes the same time wherever they differ. */
  isSignature(signature: string, text: string | Buffer): boolean {
    const given = Buffer.from(signature);
    const expected = Buffer.from(this.sign(text));
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}
