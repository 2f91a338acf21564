import { createHash } from 'node:crypto';

import { isObject } from '../../../common/json-object';
import { StorageError } from '../../storage.error';
import { Deadline } from '../common/deadline';
import { Qetag } from './qetag';
import type { QiniuCall, QiniuCalls, QiniuReply } from './qiniu-calls';
import { jsonOf, unreadable } from './qiniu-objects';
import type { QiniuLimits } from './qiniu.options';
import { UPLOAD_ENDS, type Upload } from './upload';
import { urlSafeBase64 } from './url-safe-base64';

/** Reads the next part: nothing behind the last one. It is good until the second one after it is asked for. */
export type NextPart = () => Promise<Buffer>;

interface Part {
  readonly partNumber: number;
  readonly etag: string;
}

export interface SentParts {
  readonly reply: QiniuReply;
  /** Of all that was sent. */
  readonly hash: string;
  readonly size: number;
}

/** An upload in parts ("resumable v2"). While one is sent, the next is read. */
export class ResumableUpload {
  constructor(
    private readonly bucket: string,
    private readonly calls: QiniuCalls,
    private readonly limits: QiniuLimits,
  ) {}

  /** @param begun parts that were read already */
  async send(upload: Upload, begun: readonly [Buffer, Buffer], next: NextPart): Promise<SentParts> {
    const path = await this.begin(upload);
    try {
      if (upload.deadline.fault) throw upload.deadline.fault;
      return await this.sendParts(upload, path, begun, next);
    } catch (error) {
      await this.abort(upload, path);
      throw error;
    }
  }

  /** Whoever gives up meanwhile is heard afterwards: without its id the upload can't be ended. */
  private async begin(upload: Upload): Promise<string> {
    const path = `/buckets/${this.bucket}/objects/${urlSafeBase64(upload.key)}/uploads`;
    const headers = { 'content-type': 'application/json' };
    const reply = await this.runAnyway(upload, { name: 'init', method: 'POST', path, headers });
    const answer = jsonOf('init', reply);
    if (!isObject(answer) || typeof answer.uploadId !== 'string') throw unreadable('init');
    return `${path}/${encodeURIComponent(answer.uploadId)}`;
  }

  private async sendParts(
    upload: Upload,
    path: string,
    [first, second]: readonly [Buffer, Buffer],
    next: NextPart,
  ): Promise<SentParts> {
    const qetag = new Qetag();
    const parts: Part[] = [];
    let size = 0;
    let ahead = Promise.resolve(second);
    for (let part = first; part.length > 0; part = await ahead) {
      if (parts.length > 0) ahead = readAhead(next);
      parts.push(await this.sendPart(upload, path, parts.length + 1, part));
      qetag.update(part);
      size += part.length;
      upload.options.onProgress?.(size);
    }
    return { reply: await this.complete(upload, path, parts), hash: qetag.digest(), size };
  }

  private async sendPart(upload: Upload, path: string, partNumber: number, body: Buffer): Promise<Part> {
    const md5 = createHash('md5').update(body).digest('hex');
    const reply = await this.run(upload, {
      name: 'part',
      method: 'PUT',
      path: `${path}/${partNumber}`,
      // Hexadecimal here, unlike anywhere else.
      headers: { 'content-type': 'application/octet-stream', 'content-md5': md5 },
      body,
      expects: [200, 612],
    });
    if (reply.status === 612) throw new StorageError('unavailable', 'part: the store forgot the upload');
    const answer = jsonOf('part', reply);
    if (!isObject(answer) || typeof answer.etag !== 'string') throw unreadable('part');
    if (answer.md5 !== undefined && answer.md5 !== md5) {
      throw new StorageError('wrong-checksum', 'part: the store has other bytes than were sent');
    }
    return { partNumber, etag: answer.etag };
  }

  private complete(upload: Upload, path: string, parts: readonly Part[]): Promise<QiniuReply> {
    return this.run(upload, {
      name: 'complete',
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ parts, fname: 'object', mimeType: upload.options.contentType }),
      expects: UPLOAD_ENDS,
    });
  }

  /** Frees the parts. They expire by themselves too, so that a failure here is no news. */
  private async abort(upload: Upload, path: string): Promise<void> {
    const call = { name: 'abort', method: 'DELETE', path, expects: [200, 612] } as const;
    // Told the caller already why the upload has failed.
    await this.runAnyway(upload, call).catch(() => undefined);
  }

  /** Under a deadline of its own, and not that of the upload. */
  private async runAnyway(upload: Upload, call: Omit<QiniuCall, 'service'>): Promise<QiniuReply> {
    const deadline = new Deadline(this.limits.callMs);
    try {
      return await this.run({ ...upload, deadline }, call);
    } finally {
      deadline.end();
    }
  }

  private run({ token, deadline }: Upload, call: Omit<QiniuCall, 'service'>): Promise<QiniuReply> {
    const headers = { ...call.headers, authorization: `UpToken ${token}` };
    return this.calls.run({ ...call, headers, service: 'up' }, deadline);
  }
}

/** A failure is told to whoever waits for the part, and to nobody if the upload ends before. */
function readAhead(next: NextPart): Promise<Buffer> {
  const ahead = next();
  ahead.catch(() => undefined);
  return ahead;
}
