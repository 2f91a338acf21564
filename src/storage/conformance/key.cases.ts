import assert from 'node:assert/strict';
import type { ObjectStorage } from '../object-storage.interface';
import { define } from './bench';
import { failureOf } from './expect';

const BAD_KEYS = [
  '',
  '/a',
  'a/',
  '../a',
  'a/../b',
  'a//b',
  'a/./b',
  'a\\b',
  'a\0',
  'a\nb',
  'A',
  'a b',
  '头像',
  'a?b',
  '.a',
];

const CALLS: Readonly<Record<string, (store: ObjectStorage, key: string) => Promise<unknown>>> = {
  put: (store, key) => store.put(key, Buffer.from('x'), { contentType: 'text/plain' }),
  getStream: (store, key) => store.getStream(key),
  stat: (store, key) => store.stat(key),
  delete: (store, key) => store.delete(key),
  'copy from': (store, key) => store.copy(key, 'conformance/none'),
  'copy to': (store, key) => store.copy('conformance/none', key),
  signedUrl: (store, key) => store.signedUrl(key, { expiresIn: 60 }),
  // eslint-disable-next-line @typescript-eslint/require-await -- throws, and does not reject
  publicUrl: async (store, key) => store.publicUrl(key),
  createUploadTicket: (store, key) =>
    store.createUploadTicket({
      key,
      minBytes: 0,
      maxBytes: 10,
      contentType: 'image/png',
      expiresIn: 60,
      uploadId: 'u',
      owner: 'o',
    }),
};

/** A bad key is a fault in our own code: it is no answer of a store, and nothing was asked. */
export const KEY_CASES = Object.entries(CALLS).map(([name, call]) =>
  define(`takes no bad key: ${name}`, async ({ store }) => {
    for (const key of BAD_KEYS) {
      const error = await failureOf(call(store, key));
      assert.ok(error instanceof TypeError, `${JSON.stringify(key)}: a TypeError, and not ${String(error)}`);
    }
  }),
);
