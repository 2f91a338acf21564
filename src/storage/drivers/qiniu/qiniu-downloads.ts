import type { Dispatcher } from 'undici';

import type { Clock } from '../../../common/clock';
import type { GetOptions, ObjectFacts, ObjectStream } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import { backOff } from '../common/backoff';
import { rangeHeader, readContentRange } from '../common/content-range';
import { ContentStream } from '../common/content-stream';
import { Deadline } from '../common/deadline';
import { downloadUrl, signedDownloadUrl } from './download-url';
import type { QiniuCredentials } from './qiniu-credentials';
import { lostError, statusError } from './qiniu-error';
import type { QiniuHttp } from './qiniu-http';
import type { QiniuObjects } from './qiniu-objects';
import { judgeStatus } from './qiniu-statuses';
import type { QiniuLimits } from './qiniu.options';

type Answer = Dispatcher.ResponseData;

const MAX_ATTEMPTS = 3;
const HEAD_ONLY = 512;

/** Content on its way out, from the domain of the bucket. */
export class QiniuDownloads {
  constructor(
    private readonly origin: string,
    private readonly isPrivate: boolean,
    private readonly credentials: QiniuCredentials,
    private readonly http: QiniuHttp,
    private readonly objects: QiniuObjects,
    private readonly limits: QiniuLimits,
    private readonly clock: Clock,
  ) {}

  /** The stream ends with a StorageError too, and keeps within the deadline of the whole. */
  async get(key: string, { range, signal }: GetOptions): Promise<ObjectStream> {
    const wanted = range && rangeHeader(range);
    const deadline = new Deadline(this.limits.transferMs, signal);
    try {
      if (deadline.fault) throw deadline.fault;
      const answer = await this.open(key, wanted, deadline);
      const { facts, range: given } = await this.read(key, answer, wanted !== undefined);
      const { body } = answer;
      const stream = new ContentStream({ body, chunks: body, deadline, translate: lostContent });
      return { stream, facts, ...(given && { range: given }) };
    } catch (error) {
      deadline.end();
      throw deadline.fault ?? error;
    }
  }

  private async open(key: string, range: string | undefined, deadline: Deadline): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.attempt(key, range, deadline).catch((error: unknown) => {
        if (deadline.fault || attempt >= MAX_ATTEMPTS) throw error;
        return undefined;
      });
      if (answer?.statusCode === 200 || answer?.statusCode === 206) return answer;
      if (answer) await refuse(answer, attempt);
      await backOff(this.limits.retryMs * attempt, deadline);
    }
  }

  private async attempt(key: string, range: string | undefined, deadline: Deadline): Promise<Answer> {
    const { origin, pathname, search } = new URL(this.url(key));
    // Compressed on the way it would have another length.
    const headers = { 'accept-encoding': 'identity', ...(range && { range }) };
    const request = { method: 'GET', origin, path: pathname + search, headers } as const;
    try {
      const answer = await this.http.open(request, deadline.signal, this.limits.stallMs);
      // A body that is thrown away, or that nobody reads yet, must not end the process when it breaks.
      answer.body.on('error', () => {});
      return answer;
    } catch (error) {
      throw lostContent(error);
    }
  }

  private url(key: string): string {
    const url = downloadUrl(this.origin, key);
    if (!this.isPrivate) return url;
    const deadline = Math.ceil((this.clock.now() + this.limits.transferMs) / 1_000);
    return signedDownloadUrl(this.credentials, url, deadline);
  }

  private async read(
    key: string,
    { statusCode, headers, body }: Answer,
    isRanged: boolean,
  ): Promise<Pick<ObjectStream, 'facts' | 'range'>> {
    const content = statusCode === 206 ? readContentRange(headers['content-range']) : undefined;
    if ((statusCode === 206) !== isRanged || (isRanged && !content)) {
      body.destroy();
      throw new StorageError('unavailable', 'get: the answer does not keep to the range');
    }
    const told = factsOf(key, headers, content?.size);
    // A cache on the way may leave headers out: then the store itself is asked.
    const facts = told ?? (await this.objects.stat(key));
    if (!facts) {
      body.destroy();
      throw new StorageError('not-found', 'get: gone meanwhile');
    }
    return { facts, ...(content && { range: { start: content.start, end: content.end } }) };
  }
}

/** @throws {StorageError} unless it is worth another attempt */
async function refuse({ statusCode: status, headers, body }: Answer, attempt: number): Promise<void> {
  await body.dump({ limit: HEAD_ONLY }).catch(() => undefined);
  const isFinal = judgeStatus(status).retry !== 'soon' || attempt >= MAX_ATTEMPTS;
  if (isFinal) throw statusError('get', { status, headers, body: Buffer.alloc(0) });
}

function factsOf(key: string, headers: Answer['headers'], whole?: number): ObjectFacts | undefined {
  const size = whole ?? (headers['content-length'] === undefined ? NaN : Number(headers['content-length']));
  const etag = /^(?:W\/)?"([^"]+)"$/.exec(String(headers.etag))?.[1];
  const lastModified = new Date(String(headers['last-modified']));
  const contentType = headers['content-type'];
  if (
    Number.isNaN(size) ||
    !etag ||
    Number.isNaN(lastModified.getTime()) ||
    typeof contentType !== 'string'
  ) {
    return undefined;
  }
  return { key, size, contentType, etag, lastModified };
}

function lostContent(error: unknown): StorageError {
  const { code, name } = error as { code?: string; name: string };
  return lostError('get', code ?? name);
}
