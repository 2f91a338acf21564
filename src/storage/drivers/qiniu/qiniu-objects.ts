import { isObject } from '../../../common/json-object';
import type { ObjectFacts } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import { statusError } from './qiniu-error';
import type { QiniuCalls, QiniuReply } from './qiniu-calls';
import { judgeStatus } from './qiniu-statuses';
import { encodedEntry } from './url-safe-base64';

export interface ListOptions {
  readonly prefix?: string;
  /** 1 to 1000, which is the default. */
  readonly limit?: number;
  /** Where the page before ended. */
  readonly marker?: string;
}

export interface ObjectPage {
  readonly objects: readonly ObjectFacts[];
  /** Where the next page begins. A page without objects is not yet the last one. */
  readonly marker?: string;
}

export interface BatchResult {
  readonly code: number;
  readonly data: unknown;
}

const MAX_BATCH = 1_000;
/** Ticks of `putTime`, of 100 ns. */
const TICKS_PER_MS = 10_000;

/** What is asked and done without moving content: the management API. */
export class QiniuObjects {
  constructor(
    private readonly bucket: string,
    private readonly calls: QiniuCalls,
  ) {}

  async stat(key: string): Promise<ObjectFacts | undefined> {
    const path = `/stat/${this.entry(key)}`;
    const reply = await this.calls.manage({
      name: 'stat',
      service: 'rs',
      method: 'GET',
      path,
      expects: [200, 612],
    });
    return reply.status === 612 ? undefined : factsOf(key, jsonOf('stat', reply));
  }

  /** Nothing to delete is as good as deleted. */
  async delete(key: string): Promise<void> {
    const path = `/delete/${this.entry(key)}`;
    await this.calls.manage({ name: 'delete', service: 'rs', method: 'POST', path, expects: [200, 612] });
  }

  async copy(from: string, to: string, overwrite: boolean): Promise<void> {
    const path = `/copy/${this.entry(from)}/${this.entry(to)}${overwrite ? '/force/true' : ''}`;
    const reply = await this.calls.manage({
      name: 'copy',
      service: 'rs',
      method: 'POST',
      path,
      expects: [200, 614],
    });
    if (reply.status === 200) return;
    // The copy in the way may be our own, made by an attempt whose answer was lost.
    if (reply.repeated && (await this.isSame(from, to))) return;
    throw statusError('copy', reply);
  }

  async list({ prefix = '', limit = MAX_BATCH, marker }: ListOptions = {}): Promise<ObjectPage> {
    const query = new URLSearchParams({ bucket: this.bucket, prefix, limit: String(limit) });
    if (marker !== undefined) query.set('marker', marker);
    const path = `/list?${query.toString()}`;
    const page = jsonOf(
      'list',
      await this.calls.manage({ name: 'list', service: 'rsf', method: 'POST', path }),
    );
    if (!isObject(page) || !Array.isArray(page.items)) throw unreadable('list');
    const objects = page.items.map((item: unknown) => {
      if (!isObject(item) || typeof item.key !== 'string') throw unreadable('list');
      return factsOf(item.key, item);
    });
    return { objects, ...(typeof page.marker === 'string' && page.marker && { marker: page.marker }) };
  }

  /**
   * Several operations in one call.
   * @param operations paths, e.g. `/stat/<entry>`; at most 1000
   * @returns in the order of the operations
   */
  async batch(operations: readonly string[]): Promise<BatchResult[]> {
    const body = operations.map((operation) => `op=${encodeURIComponent(operation)}`).join('&');
    const call = { name: 'batch', service: 'rs', method: 'POST', path: '/batch', body } as const;
    const results = jsonOf('batch', await this.calls.manage({ ...call, expects: [200, 298] }));
    if (!Array.isArray(results) || results.length !== operations.length) throw unreadable('batch');
    return results.map((result: unknown) => {
      if (!isObject(result) || typeof result.code !== 'number') throw unreadable('batch');
      return { code: result.code, data: result.data };
    });
  }

  /** Deletes any number of objects; those that are not there are deleted already. */
  async deleteAll(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += MAX_BATCH) {
      const operations = keys.slice(from, from + MAX_BATCH).map((key) => `/delete/${this.entry(key)}`);
      const failed = (await this.batch(operations)).find(({ code }) => code !== 200 && code !== 612);
      if (failed) throw new StorageError(judgeStatus(failed.code).fault, `batch: status ${failed.code}`);
    }
  }

  private async isSame(from: string, to: string): Promise<boolean> {
    const [one, other] = await Promise.all([this.stat(from), this.stat(to)]);
    return one !== undefined && one.etag === other?.etag;
  }

  private entry(key: string): string {
    return encodedEntry(this.bucket, key);
  }
}

/** @throws {StorageError} when something else than Qiniu answered */
export function jsonOf(call: string, { body }: QiniuReply): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw unreadable(call);
  }
}

export function unreadable(call: string): StorageError {
  return new StorageError('unavailable', `${call}: unreadable answer`);
}

/** @param entry as `stat` and `list` give it */
function factsOf(key: string, entry: unknown): ObjectFacts {
  if (!isObject(entry)) throw unreadable('stat');
  const { fsize, hash, mimeType, putTime, endUser } = entry;
  if (typeof fsize !== 'number' || typeof hash !== 'string' || typeof putTime !== 'number') {
    throw unreadable('stat');
  }
  return {
    key,
    size: fsize,
    contentType: typeof mimeType === 'string' ? mimeType : 'application/octet-stream',
    etag: hash,
    lastModified: new Date(putTime / TICKS_PER_MS),
    ...(typeof endUser === 'string' && endUser && { owner: endUser }),
  };
}
