import { createHash, randomUUID } from 'node:crypto';

import type { QiniuAccount } from './qiniu-account';
import {
  EMPTY,
  json,
  QiniuComplaint,
  QiniuRefusal,
  type QiniuAnswer,
  type QiniuRequest,
} from './qiniu-exchange';
import { textOf } from './qiniu-form';
import { checkToken, type CheckedToken } from './qiniu-policy';
import { blocksOf, fromBase64, hashOf } from './qiniu-signing';
import type { QiniuUploadEnds } from './qiniu-uploads';

interface Part {
  readonly etag: string;
  readonly content: Buffer;
}

interface OpenUpload {
  readonly bucket: string;
  readonly key?: string;
  readonly accessKey: string;
  readonly parts: Map<number, Part>;
}

/** Where a call of an upload in parts goes. */
export interface PartsPath {
  readonly bucket: string;
  /** `~` or the encoded key. */
  readonly object: string;
  readonly uploadId?: string;
  readonly partNumber?: number;
}

type PartsStep = 'init' | 'part' | 'complete' | 'parts' | 'abort';

const MIN_PART_BYTES = 1024 * 1024;
const MAX_PARTS = 10_000;
const DAYS_7 = 7 * 86_400;
const FULL_PART = 4_194_304;

export function readPartsPath(path: string): PartsPath | undefined {
  const [, bucket, object, uploadId, part] =
    /^\/buckets\/([^/]+)\/objects\/([^/]+)\/uploads(?:\/([^/]+)(?:\/(\d+))?)?$/.exec(path) ?? [];
  if (!bucket || !object) return undefined;
  return { bucket, object, ...(uploadId && { uploadId }), ...(part && { partNumber: Number(part) }) };
}

/** @throws {QiniuRefusal} 405 for another method */
function stepOf(method: string, { uploadId, partNumber }: PartsPath): PartsStep {
  const steps: Readonly<Record<string, PartsStep>> =
    uploadId === undefined
      ? { POST: 'init' }
      : partNumber !== undefined
        ? { PUT: 'part' }
        : { POST: 'complete', GET: 'parts', DELETE: 'abort' };
  const step = steps[method];
  if (!step) throw new QiniuRefusal(405, 'method not allowed');
  return step;
}

/** Uploads in parts ("resumable v2"). */
export class QiniuParts {
  private readonly uploads = new Map<string, OpenUpload>();

  constructor(
    private readonly account: QiniuAccount,
    private readonly ends: QiniuUploadEnds,
  ) {}

  /** Ids of uploads that were begun, and neither completed nor aborted. */
  get open(): string[] {
    return [...this.uploads.keys()];
  }

  clear(): void {
    this.uploads.clear();
  }

  answer(request: QiniuRequest, path: PartsPath): QiniuAnswer | Promise<QiniuAnswer> {
    const step = stepOf(request.method, path);
    const token = this.token(request);
    if (token.bucket !== path.bucket) throw new QiniuRefusal(403, 'bucket does not match with scope');
    this.account.bucket(path.bucket);
    const key = keyOf(path.object);
    if (step === 'init') return this.begin(token, key);
    const { uploadId = '', partNumber = 0 } = path;
    const upload = this.find(uploadId, path.bucket, key, token.accessKey);
    if (step === 'part') return take(upload, partNumber, request);
    if (step === 'complete') return this.complete(uploadId, upload, token, request.body);
    if (step === 'parts') return list(upload);
    this.uploads.delete(uploadId);
    return EMPTY;
  }

  private token({ headers }: QiniuRequest): CheckedToken {
    const { authorization = '' } = headers;
    if (!authorization.startsWith('UpToken ')) throw new QiniuRefusal(401, 'bad token');
    return checkToken(this.account.keys, authorization.slice('UpToken '.length));
  }

  private begin({ bucket, accessKey }: CheckedToken, key: string | undefined): QiniuAnswer {
    const uploadId = randomUUID().replaceAll('-', '');
    this.uploads.set(uploadId, { bucket, key, accessKey, parts: new Map() });
    return json({ uploadId, expireAt: Math.floor(this.account.now() / 1_000) + DAYS_7 });
  }

  private find(uploadId: string, bucket: string, key: string | undefined, accessKey: string): OpenUpload {
    const upload = this.uploads.get(uploadId);
    const isIts = upload?.bucket === bucket && upload.key === key && upload.accessKey === accessKey;
    if (!isIts) throw new QiniuRefusal(612, 'no such uploadId');
    return upload;
  }

  private async complete(
    uploadId: string,
    upload: OpenUpload,
    token: CheckedToken,
    body: Buffer,
  ): Promise<QiniuAnswer> {
    const { parts, fname, mimeType, metadata = {}, customVars = {} } = readCompletion(body);
    const contents = checkParts(upload, parts);
    const content = Buffer.concat(contents);
    // Only parts of 4 MiB make the hash of the content.
    const isRegular = contents.slice(0, -1).every(({ length }) => length === FULL_PART);
    const answer = await this.ends.end({
      token,
      key: upload.key,
      content,
      hash: hashOf(isRegular ? blocksOf(content) : contents),
      fileName: fname,
      clientType: mimeType,
      meta: metadata,
      custom: customVars,
    });
    this.uploads.delete(uploadId);
    return answer;
  }
}

function take({ parts }: OpenUpload, partNumber: number, { headers, body }: QiniuRequest): QiniuAnswer {
  if (partNumber < 1 || partNumber > MAX_PARTS) throw new QiniuRefusal(400, 'invalid part number');
  const md5 = createHash('md5').update(body).digest('hex');
  const said = headers['content-md5'];
  if (said !== undefined) {
    if (!/^[0-9a-f]{32}$/.test(String(said))) throw new QiniuComplaint('Content-MD5 is not 32 hex digits');
    if (said !== md5) throw new QiniuRefusal(406, 'md5 does not match');
  }
  const etag = hashOf(blocksOf(body));
  parts.set(partNumber, { etag, content: body });
  return json({ etag, md5 });
}

function list({ parts }: OpenUpload): QiniuAnswer {
  const entries = [...parts].sort(([a], [b]) => a - b);
  return json({
    partNumberMarker: 0,
    parts: entries.map(([partNumber, { etag, content }]) => ({ partNumber, etag, size: content.length })),
  });
}

interface Completion {
  readonly parts: readonly { readonly partNumber: number; readonly etag: string }[];
  readonly fname?: string;
  readonly mimeType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly customVars?: Readonly<Record<string, string>>;
}

const COMPLETION = ['parts', 'fname', 'mimeType', 'metadata', 'customVars'];

function readCompletion(body: Buffer): Completion {
  let completion: Completion;
  try {
    completion = JSON.parse(textOf(body)) as Completion;
  } catch {
    throw new QiniuRefusal(400, 'invalid json');
  }
  const unknown = Object.keys(completion).find((name) => !COMPLETION.includes(name));
  if (unknown) throw new QiniuComplaint(`the completion has an unknown field: ${unknown}`);
  const names = [...Object.keys(completion.metadata ?? {}), ...Object.keys(completion.customVars ?? {})];
  if (names.some((name) => !/^(x:|x-qn-meta-)/.test(name))) throw new QiniuComplaint('a name without x:');
  return completion;
}

function checkParts(upload: OpenUpload, parts: Completion['parts']): Buffer[] {
  if (!Array.isArray(parts) || parts.length === 0) throw new QiniuRefusal(400, 'no parts');
  let last = 0;
  return parts.map(({ partNumber, etag }, index) => {
    if (!(partNumber > last)) throw new QiniuRefusal(400, 'parts are not in ascending order');
    last = partNumber;
    const part = upload.parts.get(partNumber);
    if (!part || part.etag !== etag) throw new QiniuRefusal(400, `invalid part ${partNumber}`);
    if (part.content.length < MIN_PART_BYTES && index < parts.length - 1) {
      throw new QiniuRefusal(400, 'a part is too small');
    }
    return part.content;
  });
}

function keyOf(object: string): string | undefined {
  if (object === '~') return undefined;
  const bytes = fromBase64(decodeURIComponent(object));
  if (!bytes) throw new QiniuComplaint('the key is not URL-safe base64');
  return textOf(bytes);
}
