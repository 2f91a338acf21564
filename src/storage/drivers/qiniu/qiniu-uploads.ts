import { crc32 } from 'node:zlib';

import { isObject } from '../../../common/json-object';
import type { Clock } from '../../../common/clock';
import type { ObjectBody, ObjectFacts, PutOptions } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import type { PartSource } from '../common/part-source';
import { transfer } from '../common/transfer';
import { formBody } from './form-body';
import { serverPolicy, uploadToken } from './put-policy';
import { BLOCK_BYTES, Qetag } from './qetag';
import type { QiniuCalls, QiniuReply } from './qiniu-calls';
import type { QiniuCredentials } from './qiniu-credentials';
import { statusError } from './qiniu-error';
import { jsonOf, unreadable, type QiniuObjects } from './qiniu-objects';
import { type NextPart, ResumableUpload } from './resumable-upload';
import type { QiniuLimits } from './qiniu.options';
import { UPLOAD_ENDS, type Upload } from './upload';

/** Of the size of a block: only so the hash of the upload is the hash of its content. */
const PART_BYTES = BLOCK_BYTES;
const NOTHING = Buffer.alloc(0);

/** The token outlives the transfer: it is judged at the end. Seconds. */
const TOKEN_SLACK = 60;

/**
 * Our own uploads: one form for what fits into a part, parts for the rest. What is given up before its last byte leaves
 * nothing; whether one that is given up later was stored, nobody can know.
 */
export class QiniuUploads {
  private readonly resumable: ResumableUpload;

  constructor(
    private readonly bucket: string,
    private readonly credentials: QiniuCredentials,
    private readonly calls: QiniuCalls,
    private readonly objects: QiniuObjects,
    private readonly limits: QiniuLimits,
    private readonly clock: Clock,
  ) {
    this.resumable = new ResumableUpload(bucket, calls, limits);
  }

  async put(key: string, body: ObjectBody, options: PutOptions): Promise<ObjectFacts> {
    const limits = { ms: this.limits.transferMs, partBytes: PART_BYTES };
    return transfer(body, options, limits, (source, deadline) =>
      this.send({ key, token: this.token(key, options), options, deadline }, source),
    );
  }

  private async send(upload: Upload, source: PartSource): Promise<ObjectFacts> {
    const next = readerOf(source);
    const first = await next();
    const second = first.length < PART_BYTES ? NOTHING : await next();
    if (second.length > 0) {
      const { reply, hash, size } = await this.resumable.send(upload, [first, second], next);
      return this.conclude(upload, reply, hash, size);
    }
    const reply = await this.sendForm(upload, first);
    const facts = await this.conclude(upload, reply, new Qetag().update(first).digest(), first.length);
    upload.options.onProgress?.(first.length);
    return facts;
  }

  private sendForm({ key, token, options, deadline }: Upload, content: Buffer): Promise<QiniuReply> {
    const fields = { token, key, crc32: String(crc32(content)) };
    const { contentType, body } = formBody(fields, { contentType: options.contentType, content });
    const headers = { 'content-type': contentType, accept: 'application/json' };
    return this.calls.run(
      { name: 'upload', service: 'up', method: 'POST', path: '/', headers, body, expects: UPLOAD_ENDS },
      deadline,
    );
  }

  /** Decides whether the object is there, and is the one that was sent. */
  private async conclude(
    { key, options }: Upload,
    reply: QiniuReply,
    hash: string,
    size: number,
  ): Promise<ObjectFacts> {
    if (reply.status === 200) {
      const answer = jsonOf('upload', reply);
      if (isObject(answer) && answer.hash === hash) {
        const lastModified = new Date(this.clock.now());
        return { key, size, contentType: options.contentType, etag: hash, lastModified };
      }
      if (!isObject(answer) || typeof answer.hash !== 'string') throw unreadable('upload');
      await this.takeBack(key, answer.hash).catch(() => undefined);
      throw new StorageError('wrong-checksum', 'upload: the store has other bytes than were sent');
    }
    // Stored, but a callback failed; or an attempt whose answer was lost had come through.
    const stored = await this.objects.stat(key);
    if (stored?.etag === hash) return stored;
    if (reply.status === 614) throw statusError('upload', reply);
    throw new StorageError('unavailable', `upload: status ${reply.status}, and the object is not there`);
  }

  /** Somebody else may have put something there meanwhile: only what the store took for ours goes. */
  private async takeBack(key: string, hash: string): Promise<void> {
    if ((await this.objects.stat(key))?.etag === hash) await this.objects.delete(key);
  }

  private token(key: string, { createOnly = false }: PutOptions): string {
    const deadline = Math.ceil((this.clock.now() + this.limits.transferMs) / 1_000) + TOKEN_SLACK;
    return uploadToken(this.credentials, serverPolicy(this.bucket, key, deadline, createOnly));
  }
}

/** Two slabs in turn: one part is on its way out while the next one is read. */
function readerOf(source: PartSource): NextPart {
  const slabs = [source.newSlab(), source.newSlab()];
  let turn = 0;
  return () => source.next(slabs[turn++ % slabs.length], (part) => part);
}
