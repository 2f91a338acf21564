import { randomUUID } from 'node:crypto';

import type { QiniuAccount } from './qiniu-account';
import type { QiniuCallbacks } from './qiniu-callbacks';
import { json, QiniuRefusal, type QiniuAnswer } from './qiniu-exchange';
import type { StoredObject } from './qiniu-objects';
import type { CheckedToken, QiniuPolicy } from './qiniu-policy';
import { blocksOf, hashOf } from './qiniu-signing';
import { render, type Variables } from './qiniu-template';
import { extensionOf, isAllowed, typeOf } from './qiniu-types-of-content';

/** An upload that has arrived in full, and is about to become an object. */
export interface ArrivedUpload {
  readonly token: CheckedToken;
  readonly key?: string;
  readonly content: Buffer;
  readonly hash: string;
  readonly fileName?: string;
  readonly clientType?: string;
  readonly meta: Readonly<Record<string, string>>;
  /** `x:name` and its value: the uploader's own words. */
  readonly custom: Readonly<Record<string, string>>;
}

const MAX_KEY_BYTES = 750;

/** How every upload ends, form or parts: judged by its policy, stored, told. */
export class QiniuUploadEnds {
  /** Content of the next upload is damaged behind all checks. */
  damagesNext = false;

  constructor(
    private readonly account: QiniuAccount,
    private readonly callbacks: QiniuCallbacks,
  ) {}

  async end(arrived: ArrivedUpload): Promise<QiniuAnswer> {
    const upload = this.damagesNext ? damaged(arrived) : arrived;
    this.damagesNext = false;
    const { policy, bucket } = upload.token;
    if (policy.deadline < this.account.now() / 1_000) throw new QiniuRefusal(401, 'expired token');
    this.account.bucket(bucket);
    this.checkLimits(upload);
    if (policy.callbackFetchKey) return this.endWithFetchedKey(upload);
    const key = this.checkKey(upload, nameOf(upload, this.variables(upload)));
    const object = this.store(upload, key);
    const variables = this.variables(upload, key, object);
    if (policy.callbackUrl) {
      const told = await this.callbacks.deliver(policy, callbackBody(policy, variables));
      // The object stays.
      return told === undefined ? json({ error: 'callback failed' }, 579) : json(told);
    }
    if (policy.returnBody === undefined) return json({ hash: object.hash, key });
    return json(JSON.parse(render(policy.returnBody, variables, 'json')));
  }

  private checkLimits({ token: { policy }, content }: ArrivedUpload): void {
    const { fsizeLimit, fsizeMin, mimeLimit } = policy;
    if (fsizeLimit !== undefined && content.length > fsizeLimit) {
      throw new QiniuRefusal(413, 'request entity size is larger than fsizeLimit');
    }
    if (fsizeMin !== undefined && content.length < fsizeMin) {
      throw new QiniuRefusal(403, 'request entity size is smaller than fsizeMin');
    }
    if (mimeLimit && !isAllowed(mimeLimit, content)) throw new QiniuRefusal(403, 'limited mime type');
  }

  private checkKey({ token: { policy, scopeKey }, key: given }: ArrivedUpload, key: string): string {
    if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new QiniuRefusal(400, 'key is too long');
    if (scopeKey === undefined) return key;
    const isWithin =
      policy.isPrefixalScope === 1
        ? key.startsWith(scopeKey)
        : // Where the scope names a key, the uploader has to name it too.
          key === scopeKey && (given !== undefined || policy.forceSaveKey === true);
    if (!isWithin) throw new QiniuRefusal(403, "key doesn't match with scope");
    return key;
  }

  private store(upload: ArrivedUpload, key: string): StoredObject {
    const { token, content, hash, fileName, clientType, meta } = upload;
    const { policy, bucket, scopeKey } = token;
    const { objects } = this.account.bucket(bucket);
    const existing = objects.get(key);
    const createsOnly = scopeKey === undefined || policy.isPrefixalScope === 1 || !!policy.insertOnly;
    if (existing && createsOnly) {
      if (existing.hash !== hash) throw new QiniuRefusal(614, 'file exists');
      return existing;
    }
    const { endUser, deleteAfterDays } = policy;
    const object: StoredObject = {
      content,
      hash,
      mimeType: typeOf(policy, content, clientType, fileName, key),
      putTime: this.account.tick(),
      meta,
      status: 0,
      ...(endUser !== undefined && { endUser }),
      ...(deleteAfterDays !== undefined && { deleteAfterDays }),
    };
    objects.set(key, object);
    return object;
  }

  /** The answer to the callback names the object. */
  private async endWithFetchedKey(upload: ArrivedUpload): Promise<QiniuAnswer> {
    const { policy } = upload.token;
    const body = callbackBody(policy, this.variables(upload));
    const told = (await this.callbacks.deliver(policy, body)) as
      { key?: unknown; payload?: unknown } | undefined;
    if (typeof told?.key !== 'string') return json({ error: 'callback failed' }, 579);
    this.store(upload, this.checkKey({ ...upload, key: told.key }, told.key));
    return json(told.payload ?? {});
  }

  private variables(upload: ArrivedUpload, key?: string, object?: StoredObject): Variables {
    const { token, content, hash, fileName, custom } = upload;
    const date = new Date(this.account.now());
    return {
      ...custom,
      bucket: token.bucket,
      key,
      etag: hash,
      fname: fileName,
      fsize: content.length,
      mimeType: object?.mimeType ?? typeOf(token.policy, content, upload.clientType, fileName, key),
      endUser: token.policy.endUser,
      ext: extensionOf(key ?? upload.key ?? fileName) || extensionOf(fileName),
      uuid: randomUUID(),
      year: date.getUTCFullYear(),
      mon: String(date.getUTCMonth() + 1).padStart(2, '0'),
      day: String(date.getUTCDate()).padStart(2, '0'),
    };
  }
}

function damaged(upload: ArrivedUpload): ArrivedUpload {
  const content = Buffer.concat([upload.content, Buffer.of(0)]);
  return { ...upload, content, hash: hashOf(blocksOf(content)) };
}

function nameOf({ token: { policy }, key, hash }: ArrivedUpload, variables: Variables): string {
  const { saveKey, forceSaveKey } = policy;
  const saved = saveKey === undefined ? undefined : render(saveKey, variables, 'name');
  return (forceSaveKey ? saved : undefined) ?? key ?? saved ?? hash;
}

function callbackBody(
  { callbackBody: template = '', callbackBodyType }: QiniuPolicy,
  variables: Variables,
): string {
  return render(template, variables, callbackBodyType === 'application/json' ? 'json' : 'form');
}
