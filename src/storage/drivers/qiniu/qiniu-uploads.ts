import { crc32 } from 'node:zlib';

import { isObject } from '../../../common/json-object';
import type { Clock } from '../../../common/clock';
import type { ObjectBody, ObjectFacts, PutOptions } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import { Deadline } from '../common/deadline';
import { formBody } from './form-body';
import { PartReader } from './part-reader';
import { serverPolicy, uploadToken } from './put-policy';
import { Qetag } from './qetag';
import type { QiniuCalls, QiniuReply } from './qiniu-calls';
import type { QiniuCredentials } from './qiniu-credentials';
import { statusError } from './qiniu-error';
import { jsonOf, unreadable, type QiniuObjects } from './qiniu-objects';
import { ResumableUpload } from './resumable-upload';
import type { QiniuLimits } from './qiniu.options';
import { UPLOAD_ENDS, type Upload } from './upload';

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
    this.resumable = new ResumableUpload(bucket, calls);
  }

  async put(key: string, body: ObjectBody, options: PutOptions): Promise<ObjectFacts> {
    const deadline = new Deadline(this.limits.transferMs, options.signal);
    const parts = new PartReader(body, options.size, deadline.signal);
    try {
      if (deadline.fault) throw deadline.fault;
      return await this.send({ key, token: this.token(key, options), options, deadline }, parts);
    } catch (error) {
      throw deadline.fault ?? error;
    } finally {
      parts.close();
      deadline.end();
    }
  }

  private async send(upload: Upload, parts: PartReader): Promise<ObjectFacts> {
    const first = (await parts.next()) ?? Buffer.alloc(0);
    const second = await parts.next();
    if (second) {
      const { reply, hash, size } = await this.resumable.send(upload, [first, second], parts);
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
