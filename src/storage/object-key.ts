import { uuidv7 } from 'uuidv7';

/** Small, so that every store, file system and URL takes a key as it is. */
const KEY = /^[a-z0-9][a-z0-9/_.-]{0,200}$/;
/** No empty segment, none that begins with a dot (`..`, hidden files), and no `..` within one. */
const UNSAFE = /\/(?=[/.]|$)|\.\./;

/** So many folders, and the name of the object. */
export const MOST_SEGMENTS = 8;

const PURPOSE = /^[a-z0-9][a-z0-9_-]{0,39}$/;
const NAME = /^[a-z0-9][a-z0-9_-]{0,59}$/;
const EXTENSION = /^[a-z0-9]{1,10}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a key is made of. */
export interface KeyParts {
  /** What the object is for: `avatar`. */
  readonly purpose: string;
  /** Of the upload: a UUID in small letters. Default: a new one of version 7. */
  readonly id?: string;
  /** Which one of the upload's objects: `raw`, `512`. */
  readonly name: string;
  /** From the list of what is allowed, and never from the name of a client's file. */
  readonly extension: string;
}

/**
 * Makes a key: `<purpose>/<2 hex digits>/<id>/<name>.<extension>`. The digits are the last two of the id, which are random: a
 * folder or partition of a store gets one object in 256.
 */
export function objectKey({ purpose, id = uuidv7(), name, extension }: KeyParts): string {
  const isSound = PURPOSE.test(purpose) && UUID.test(id) && NAME.test(name) && EXTENSION.test(extension);
  if (!isSound) throw new TypeError('An object key can not be made of these parts');
  return `${purpose}/${id.slice(-2)}/${id}/${name}.${extension}`;
}

/** Whether a text is a key that may be handed to a store. */
export function isObjectKey(text: unknown): text is string {
  if (typeof text !== 'string' || !KEY.test(text) || UNSAFE.test(text)) return false;
  return text.split('/').length <= MOST_SEGMENTS;
}

/**
 * What every driver asks first, before anything leaves the process. Keys are made by the server: another text is a fault of
 * ours and no answer of a store.
 * @throws {TypeError}
 */
export function assertObjectKey(key: string): void {
  if (!isObjectKey(key)) throw new TypeError('Not an object key');
}
