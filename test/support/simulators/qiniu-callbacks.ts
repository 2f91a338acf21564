import { request } from 'node:http';

import type { QiniuPolicy } from './qiniu-policy';
import { signQBox, signQiniu, type QiniuKeys } from './qiniu-signing';

export type CallbackScheme = 'Qiniu' | 'QBox';
/**
 * `none`: nothing is sent; `late`: only by `deliverLate()`; `duplicate`: twice; `wrong-secret`; `altered`: another body
 * under the signature of the first.
 */
export type CallbackMode = 'normal' | 'none' | 'late' | 'duplicate' | 'wrong-secret' | 'altered';

/** A callback as it goes over the wire. */
export interface Callback {
  readonly method: 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SentCallback extends Callback {
  /** What it was answered with; nothing within the time-out is 0. */
  readonly status: number;
}

const FORM = 'application/x-www-form-urlencoded';
const TIMEOUT_MS = 2_000;

/** Tells the uploader's server of what was uploaded, as Qiniu does. */
export class QiniuCallbacks {
  scheme: CallbackScheme = 'Qiniu';
  mode: CallbackMode = 'normal';
  timeoutMs = TIMEOUT_MS;
  /** All that were sent, the newest last. */
  readonly sent: SentCallback[] = [];
  private late: Callback[] = [];

  constructor(private readonly keys: QiniuKeys) {}

  reset(): void {
    this.scheme = 'Qiniu';
    this.mode = 'normal';
    this.timeoutMs = TIMEOUT_MS;
    this.sent.length = 0;
    this.late = [];
  }

  /**
   * Tries the URLs of a policy one by one.
   * @returns the JSON that one of them answered with; undefined when none did
   */
  async deliver(policy: QiniuPolicy, body: string): Promise<unknown> {
    const { callbackUrl = '', callbackHost, callbackBodyType = FORM } = policy;
    const all = callbackUrl
      .split(';')
      .map((url) => this.sign(url, body, { contentType: callbackBodyType, host: callbackHost }));
    if (this.mode === 'none') return undefined;
    if (this.mode === 'late') {
      this.late.push(...all);
      return undefined;
    }
    for (const callback of all) {
      if (this.mode === 'duplicate') await this.send(callback);
      const answer = await this.send(
        this.mode === 'altered' ? { ...callback, body: alter(callback.body) } : callback,
      );
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /** Sends what was held back. @returns the statuses they were answered with */
  async deliverLate(): Promise<number[]> {
    const late = this.late.splice(0);
    const from = this.sent.length;
    for (const callback of late) await this.send(callback);
    return this.sent.slice(from).map(({ status }) => status);
  }

  /** A callback with its signature, for who wants to send it otherwise. */
  sign(
    url: string,
    body: string,
    { contentType = FORM, host = new URL(url).host, scheme = this.scheme, secretKey }: SignOptions = {},
  ): Callback {
    const wrong = this.mode === 'wrong-secret' ? 'another secret' : this.keys.secretKey;
    const keys = { accessKey: this.keys.accessKey, secretKey: secretKey ?? wrong };
    const { pathname, search } = new URL(url);
    const headers = { host, 'content-type': contentType };
    const signed = {
      method: 'POST',
      target: pathname + search,
      headers,
      rawHeaders: [],
      body: Buffer.from(body),
    };
    const authorization = scheme === 'QBox' ? signQBox(keys, signed) : signQiniu(keys, signed);
    return {
      method: 'POST',
      url,
      headers: { ...headers, authorization, 'user-agent': 'qiniu go-sdk v6.0.0' },
      body,
    };
  }

  /** @returns the JSON of a 200; undefined for everything else */
  async send(callback: Callback): Promise<unknown> {
    const { status, text } = await post(callback, this.timeoutMs);
    this.sent.push({ ...callback, status });
    try {
      return status === 200 ? (JSON.parse(text) as unknown) : undefined;
    } catch {
      return undefined;
    }
  }
}

export interface SignOptions {
  readonly contentType?: string;
  readonly host?: string;
  readonly scheme?: CallbackScheme;
  readonly secretKey?: string;
}

function alter(body: string): string {
  return body.replace(/fsize=\d+/, 'fsize=1');
}

/** Not `fetch`: that one sends no `Host` of ours. */
function post(callback: Callback, timeoutMs: number): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const nothing = (): void => resolve({ status: 0, text: '' });
    const { method, url, headers, body } = callback;
    const outgoing = request(
      url,
      { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', nothing);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy());
    outgoing.on('error', nothing).on('close', nothing).end(body);
  });
}
