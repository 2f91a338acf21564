import { createHash } from 'node:crypto';

import { isObject } from '../../../common/json-object';
import { StorageError } from '../../storage.error';
import { Deadline } from '../common/deadline';
import type { PartReader } from './part-reader';
import { Qetag } from './qetag';
import type { QiniuCall, QiniuCalls, QiniuReply } from './qiniu-calls';
import { jsonOf, unreadable } from './qiniu-objects';
import { UPLOAD_ENDS, type Upload } from './upload';
import { urlSafeBase64 } from './url-safe-base64';

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

const ABORT_MS = 5_000;

/** An upload in parts ("resumable v2"). While one is sent, the next is read. */
export class ResumableUpload {
  constructor(
    private readonly bucket: string,
    private readonly calls: QiniuCalls,
  ) {}

  /** @param begun parts that were read already */
  async send(upload: Upload, begun: readonly [Buffer, Buffer], rest: PartReader): Promise<SentParts> {
    const path = await this.begin(upload);
    try {
      return await this.sendParts(upload, path, begun, rest);
    } catch (error) {
      await this.abort(upload, path);
      throw error;
    }
  }

  private async begin(upload: Upload): Promise<string> {
    const path = `/buckets/${this.bucket}/objects/${urlSafeBase64(upload.key)}/uploads`;
    const headers = { 'content-type': 'application/json' };
    const answer = jsonOf('init', await this.run(upload, { name: 'init', method: 'POST', path, headers }));
    if (!isObject(answer) || typeof answer.uploadId !== 'string') throw unreadable('init');
    return `${path}/${encodeURIComponent(answer.uploadId)}`;
  }

  private async sendParts(
    upload: Upload,
    path: string,
    [first, second]: readonly [Buffer, Buffer],
    rest: PartReader,
  ): Promise<SentParts> {
    const qetag = new Qetag();
    const parts: Part[] = [];
    let size = 0;
    let ahead: Promise<Buffer | undefined> = Promise.resolve(second);
    for (let part: Buffer | undefined = first; part; part = await ahead) {
      if (parts.length > 0) ahead = readAhead(rest);
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
    });
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
    const deadline = new Deadline(ABORT_MS);
    try {
      await this.run({ ...upload, deadline }, { name: 'abort', method: 'DELETE', path, expects: [200, 612] });
    } catch {
      // Told the caller already why the upload has failed.
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
function readAhead(rest: PartReader): Promise<Buffer | undefined> {
  const ahead = rest.next();
  ahead.catch(() => undefined);
  return ahead;
}
