import type { Readable } from 'node:stream';

/** Injection token for the {@link ObjectStorage} that is used where no other is named. */
export const OBJECT_STORAGE = Symbol.for('gatecode:OBJECT_STORAGE');

/** What is stored: bytes, a stream of them, or a file. */
export type ObjectBody = Buffer | Readable | { readonly path: string };

export interface PutOptions {
  /** Media type it is served with. */
  readonly contentType: string;
  /** Bytes, where a stream's are known; a stream of another length is refused and leaves nothing. */
  readonly size?: number;
  /** Refused with `exists` when the key is taken by other content. Default: overwritten. */
  readonly createOnly?: boolean;
  /** `Cache-Control` it is served with, where the store can keep one: Qiniu's own protocol can't, its domain is told. */
  readonly cacheControl?: string;
  /** Gives up; nothing is left behind. Once all bytes have gone out, nobody knows whether it came too late. */
  readonly signal?: AbortSignal;
  /** Told how many bytes the store has taken so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** What a store knows of an object. */
export interface ObjectFacts {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  /** The store's own; never compared with another store's. */
  readonly etag: string;
  readonly lastModified: Date;
  /** Whom the upload ticket was for, where the store keeps it. */
  readonly owner?: string;
}

/** First and last byte, both included; `end` may be left out. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

export interface GetOptions {
  readonly range?: ByteRange;
  /** Gives up, also in the middle of the stream. */
  readonly signal?: AbortSignal;
}

export interface LinkOptions {
  /** Seconds, at most a week; may be rounded up, so that URLs can be cached. */
  readonly expiresIn: number;
  /** The browser saves it under this name, and does not show it. */
  readonly downloadName?: string;
}

export interface ObjectStream {
  /** Ends well with the last byte, or with a StorageError. Whoever does not read it to its end has to destroy it. */
  readonly stream: Readable;
  /** Of the whole object, whatever range was asked for. */
  readonly facts: ObjectFacts;
  /** What the stream gives, where a range was asked for. */
  readonly range?: Required<ByteRange>;
}

export interface UploadTicketRequest {
  readonly key: string;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** The one type that may be uploaded. */
  readonly contentType: string;
  /** Seconds, at most 600. */
  readonly expiresIn: number;
  /** Comes back with the callback: letters, digits, - and _, at most 64. */
  readonly uploadId: string;
  /** Opaque id of the user, at most 200 characters. */
  readonly owner: string;
}

/**
 * Leave to upload one object, once, and nothing else. Of one shape for all stores: a form with `fields`, and the file last
 * in the field `fileField`.
 */
export interface UploadTicket {
  readonly method: 'POST' | 'PUT';
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Name of the form field that takes the file; null where the file is the body. */
  readonly fileField: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
  readonly maxBytes: number;
}

/** A callback as it came in: nothing of it was parsed. */
export interface RawCallback {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What a genuine callback says. None of it is believed before the store was asked. */
export interface CallbackFacts {
  readonly uploadId: string;
  readonly key: string;
}

/** What differs between stores and can't be hidden. */
export interface StorageCapabilities {
  /** Tells us by itself that an upload has ended. */
  readonly callback: boolean;
  /** Judges uploads by their content, and not only by what the client says it is. */
  readonly contentSniffing: boolean;
  /** Scales images on the way out. */
  readonly imageOps: boolean;
  /** Upload tickets never overwrite. */
  readonly createOnlyTickets: boolean;
  /** `put` with `createOnly` is decided by the store, in one step. */
  readonly createOnlyPut: boolean;
  /** `publicUrl` leads to the object. */
  readonly publicUrls: boolean;
}

/** One step of looking a store over. */
export interface StorageCheck {
  /** `put`, `stat`, `get`, `sign`, `ticket`, `delete`, `clock`, `domain`. */
  readonly subject: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** Which setting is wrong, and what to do; given unless the verdict is `ok`. */
  readonly remedy?: string;
}

/**
 * One store of objects. Keys are made by the server (`object-key.ts`). Everything rejects with a StorageError only, but
 * for faults in our own code.
 */
export interface ObjectStorage {
  /** `local`, `s3`, `qiniu`. */
  readonly name: string;
  readonly capabilities: StorageCapabilities;
  put(key: string, body: ObjectBody, options: PutOptions): Promise<ObjectFacts>;
  /** @throws {StorageError} `not-found`; `range` when there is nothing within it */
  getStream(key: string, options?: GetOptions): Promise<ObjectStream>;
  /** @returns undefined for a key that is not there */
  stat(key: string): Promise<ObjectFacts | undefined>;
  /** A key that is not there is deleted already. */
  delete(key: string): Promise<void>;
  /** @throws {StorageError} `not-found`; `exists` unless `overwrite` */
  copy(from: string, to: string, options?: { readonly overwrite?: boolean }): Promise<void>;
  /** Where anybody can read it, if the store lets anybody. */
  publicUrl(key: string): string;
  /** Where whoever has it can read the object for a while. Asks no store. */
  signedUrl(key: string, options: LinkOptions): Promise<string>;
  /** Asks no store. */
  createUploadTicket(request: UploadTicketRequest): Promise<UploadTicket>;
  /** @returns undefined for one that is not genuine */
  verifyCallback?(callback: RawCallback): CallbackFacts | undefined;
  /** Where the store is, for a page that has to name it (CSP `connect-src`). */
  origins(): readonly string[];
  /** What only this store can tell of its settings; the common steps are in `check-storage.ts`. */
  checkup?(): Promise<StorageCheck[]>;
  /** Lets go of connections. */
  close?(): Promise<void>;
}
