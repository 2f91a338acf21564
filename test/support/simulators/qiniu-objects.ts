import { createHash } from 'node:crypto';

/** One object of the simulator. */
export interface StoredObject {
  readonly content: Buffer;
  readonly hash: string;
  readonly mimeType: string;
  /** 100 ns since 1970: more digits than a number holds. */
  readonly putTime: bigint;
  readonly endUser?: string;
  readonly meta: Readonly<Record<string, string>>;
  /** 1: disabled. */
  readonly status: 0 | 1;
  readonly deleteAfterDays?: number;
}

export interface Bucket {
  readonly isPrivate: boolean;
  readonly objects: Map<string, StoredObject>;
}

/** Keys in the order of their bytes. */
export function sortedKeys(objects: ReadonlyMap<string, StoredObject>): string[] {
  return [...objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** The JSON of `stat`, with all digits of the time. */
export function statJson(object: StoredObject): string {
  return entryJson(object, {
    ...(object.endUser !== undefined && { endUser: object.endUser }),
    md5: createHash('md5').update(object.content).digest('hex'),
  });
}

/** The JSON of one entry of a list. */
export function itemJson(key: string, object: StoredObject): string {
  return entryJson(object, { key });
}

function entryJson(object: StoredObject, more: Readonly<Record<string, unknown>>): string {
  const { content, hash, mimeType, putTime, meta, status } = object;
  const entry = {
    ...more,
    fsize: content.length,
    hash,
    mimeType,
    type: 0,
    ...(status === 1 && { status }),
    ...(Object.keys(meta).length > 0 && { 'x-qn-meta': meta }),
  };
  return `${JSON.stringify(entry).slice(0, -1)},"putTime":${putTime}}`;
}
