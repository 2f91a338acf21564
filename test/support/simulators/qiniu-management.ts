import type { QiniuAccount } from './qiniu-account';
import { EMPTY, json, QiniuComplaint, QiniuRefusal, type QiniuAnswer } from './qiniu-exchange';
import { textOf } from './qiniu-form';
import { itemJson, sortedKeys, statJson } from './qiniu-objects';
import { fromBase64, toBase64 } from './qiniu-signing';

const MAX_BATCH = 1_000;
const MAX_LIST = 1_000;
const JSON_TYPE = { 'content-type': 'application/json' };

interface Entry {
  readonly bucket: string;
  readonly key: string;
}

/** What is asked and done without moving content. Authorization was checked before. */
export class QiniuManagement {
  constructor(private readonly account: QiniuAccount) {}

  /** @param path without query, e.g. `/stat/<entry>` */
  operate(method: string, path: string): QiniuAnswer {
    const [, operation, first = '', ...rest] = path.split('/');
    const isQuestion = operation === 'stat';
    if (method !== (isQuestion ? 'GET' : 'POST')) throw new QiniuRefusal(405, 'method not allowed');
    switch (operation) {
      case 'stat':
        return { status: 200, headers: JSON_TYPE, body: statJson(this.object(entryOf(first))) };
      case 'delete':
        return this.delete(entryOf(first));
      case 'copy':
      case 'move':
        return this.copy(entryOf(first), entryOf(rest[0]), operation === 'move', isForced(rest.slice(1)));
      case 'chgm':
        return this.change(entryOf(first), rest);
      case 'chstatus':
        return this.change(entryOf(first), rest);
      case 'deleteAfterDays':
        return this.set(entryOf(first), { deleteAfterDays: Number(rest[0]) });
      default:
        throw new QiniuRefusal(400, 'invalid operation');
    }
  }

  /** @param body form of `op`s */
  batch(body: Buffer): QiniuAnswer {
    const operations = new URLSearchParams(textOf(body)).getAll('op');
    if (operations.length === 0 || operations.length > MAX_BATCH) {
      throw new QiniuRefusal(400, 'too many operations, or none');
    }
    const results = operations.map((operation) => {
      try {
        const { body: text } = this.operate(operation.startsWith('/stat/') ? 'GET' : 'POST', operation);
        return { ok: true, text: `{"code":200${text.length > 0 ? `,"data":${String(text)}` : ''}}` };
      } catch (error) {
        if (!(error instanceof QiniuRefusal)) throw error;
        const refusal = { code: error.status, data: { error: error.message } };
        return { ok: false, text: JSON.stringify(refusal) };
      }
    });
    const status = results.every(({ ok }) => ok) ? 200 : 298;
    return { status, headers: JSON_TYPE, body: `[${results.map(({ text }) => text).join(',')}]` };
  }

  list(query: URLSearchParams): QiniuAnswer {
    const { objects } = this.account.bucket(query.get('bucket') ?? '');
    const limit = Number(query.get('limit') ?? MAX_LIST);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIST)
      throw new QiniuRefusal(400, 'invalid limit');
    const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
    const after = markedKey(query.get('marker') ?? '');
    const keys = sortedKeys(objects).filter(
      (key) => key.startsWith(prefix) && (after === undefined || Buffer.compare(Buffer.from(key), after) > 0),
    );
    const page = keys.slice(0, limit);
    const marker =
      keys.length > limit ? toBase64(Buffer.from(JSON.stringify({ k: page[page.length - 1] }))) : '';
    const commonPrefixes = new Set<string>();
    const items = page.filter((key) => {
      const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
      if (end >= 0) commonPrefixes.add(key.slice(0, end + delimiter.length));
      return end < 0;
    });
    const texts = items.map((key) => itemJson(key, this.account.object(query.get('bucket') ?? '', key)));
    const head = JSON.stringify({ marker, commonPrefixes: [...commonPrefixes] }).slice(0, -1);
    return { status: 200, headers: JSON_TYPE, body: `${head},"items":[${texts.join(',')}]}` };
  }

  private delete(entry: Entry): QiniuAnswer {
    this.object(entry);
    this.account.bucket(entry.bucket).objects.delete(entry.key);
    return EMPTY;
  }

  private copy(from: Entry, to: Entry, isMove: boolean, force: boolean): QiniuAnswer {
    const object = this.object(from);
    const { objects } = this.account.bucket(to.bucket);
    if (objects.has(to.key) && !force) throw new QiniuRefusal(614, 'file exists');
    objects.set(to.key, { ...object, putTime: this.account.tick() });
    if (isMove) this.account.bucket(from.bucket).objects.delete(from.key);
    return EMPTY;
  }

  /** `mime/<type>`, `x-qn-meta-<name>/<value>`, `status/<0 or 1>`. */
  private change(entry: Entry, pairs: readonly string[]): QiniuAnswer {
    for (let at = 0; at < pairs.length; at += 2) {
      const [name, value = ''] = pairs.slice(at, at + 2);
      if (name === 'status') this.set(entry, { status: value === '1' ? 1 : 0 });
      else if (name === 'mime') this.set(entry, { mimeType: decoded(value) });
      else if (name.startsWith('x-qn-meta-'))
        this.set(entry, { meta: { ...this.object(entry).meta, [name]: decoded(value) } });
      else throw new QiniuRefusal(400, 'invalid argument');
    }
    return EMPTY;
  }

  private set({ bucket, key }: Entry, changes: object): QiniuAnswer {
    this.account.bucket(bucket).objects.set(key, { ...this.object({ bucket, key }), ...changes });
    return EMPTY;
  }

  private object({ bucket, key }: Entry) {
    return this.account.object(bucket, key);
  }
}

/**
 * Where a bucket is: not signed.
 * @param host of this simulator
 * @param others hosts that are named for uploads before it
 */
export function whereIs(
  account: QiniuAccount,
  query: URLSearchParams,
  host: string,
  others: readonly string[],
  ttl: number,
): QiniuAnswer {
  if (query.get('ak') !== account.keys.accessKey) throw new QiniuRefusal(401, 'bad access key');
  account.bucket(query.get('bucket') ?? '');
  const domains = { domains: [host] };
  return json({
    hosts: [
      {
        region: 'z0',
        ttl,
        up: { domains: [host], acc_domains: [...others, host], old: [host] },
        io: domains,
        io_src: domains,
        rs: domains,
        rsf: domains,
        api: domains,
        uc: domains,
        s3: { ...domains, region_alias: 'cn-east-1' },
      },
    ],
  });
}

function isForced(rest: readonly string[]): boolean {
  return rest[0] === 'force' && rest[1] === 'true';
}

/** Only the first colon divides: keys may hold others. */
function entryOf(encoded = ''): Entry {
  const text = decoded(encoded);
  const colon = text.indexOf(':');
  if (colon < 0) throw new QiniuRefusal(400, 'invalid entry');
  return { bucket: text.slice(0, colon), key: text.slice(colon + 1) };
}

function decoded(encoded: string): string {
  const bytes = fromBase64(encoded);
  if (!bytes) throw new QiniuComplaint('not URL-safe base64 with its padding');
  return textOf(bytes);
}

function markedKey(marker: string): Buffer | undefined {
  if (marker === '') return undefined;
  try {
    const { k } = JSON.parse(String(fromBase64(marker))) as { k: string };
    return Buffer.from(k);
  } catch {
    throw new QiniuRefusal(640, 'invalid marker');
  }
}
