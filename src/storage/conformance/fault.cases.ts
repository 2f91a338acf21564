import assert from 'node:assert/strict';
import type { ObjectStorage } from '../object-storage.interface';
import { StorageError } from '../storage.error';
import { define } from './bench';
import { failsWith, holdsNone } from './expect';
import { bytes, streamOf } from './samples';
import { requestFor } from './upload';

const TEXT = { contentType: 'text/plain' } as const;
const DEADLINE_MS = 20_000;

type Call = (store: ObjectStorage, key: string) => Promise<unknown>;

const CALLS: Readonly<Record<string, Call>> = {
  put: (store, key) => store.put(key, bytes(100), TEXT),
  'put of a stream': (store, key) => store.put(key, streamOf(bytes(100_000)), TEXT),
  getStream: (store, key) => store.getStream(key),
  stat: (store, key) => store.stat(key),
  copy: (store, key) => store.copy(key, 'conformance/none'),
};

export const FAULT_CASES = [
  ...Object.entries(CALLS).map(([name, call]) =>
    define(`says in time that the store is gone: ${name}`, async ({ tools, key }) => {
      const store = await tools.unreachable();
      const startedAt = Date.now();
      const error = await failsWith(call(store, key()), 'unavailable', 'misconfigured');
      assert.ok(Date.now() - startedAt < DEADLINE_MS, 'in time');
      holdsNone(error, tools.secrets, 'the error');
      await store.close?.();
    }),
  ),
  define('asks no store for URLs and tickets', async ({ tools, key }) => {
    const store = await tools.unreachable();
    assert.ok(store.publicUrl(key()).startsWith('http'));
    assert.ok((await store.signedUrl(key(), { expiresIn: 60 })).startsWith('http'));
    assert.ok((await store.createUploadTicket(requestFor(key('png')))).url.startsWith('http'));
    await store.close?.();
  }),
  define('shows no secret when its credentials are refused', async ({ tools, key }) => {
    const store = await tools.withOtherSecret();
    for (const call of Object.values(CALLS)) {
      const error = await call(store, key()).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      // A store without credentials has none to be refused.
      if (error === undefined) continue;
      assert.ok(error instanceof StorageError, 'a StorageError');
      holdsNone(error, tools.secrets, 'the error');
    }
  }),
  define('shows no secret when it is printed', async ({ store, tools, key }) => {
    // What it makes with its first calls is printed, too.
    await store.createUploadTicket(requestFor(key('png')));
    await store.stat(key());
    holdsNone(store, tools.secrets, 'the store');
    assert.ok(!tools.secrets.some((secret) => JSON.stringify(store).includes(secret)), 'as JSON');
  }),
  define('shows no secret when something is missing', async ({ store, tools, key }) => {
    holdsNone(await failsWith(store.getStream(key())), tools.secrets, 'the error');
    holdsNone(await failsWith(store.copy(key(), key())), tools.secrets, 'the error');
    const call = store.put(key(), streamOf(bytes(10)), { ...TEXT, size: 11 });
    holdsNone(await failsWith(call), tools.secrets, 'the error');
  }),
  define('says honestly what it can', async ({ store }) => {
    const has = store.capabilities;
    for (const name of [
      'callback',
      'contentSniffing',
      'imageOps',
      'createOnlyTickets',
      'createOnlyPut',
      'publicUrls',
    ] as const)
      assert.equal(typeof has[name], 'boolean', name);
    assert.equal(has.callback, store.verifyCallback !== undefined);
    assert.match(store.name, /^[a-z0-9-]+$/);
    assert.ok(store.origins().length > 0);
    for (const origin of store.origins()) assert.equal(new URL(origin).origin, origin);
    return Promise.resolve();
  }),
  define(
    'believes no callback that nobody signed',
    async ({ store, key }) => {
      const body = Buffer.from(`uploadId=u&key=${key()}&hash=h&fsize=1&mimeType=image%2Fpng`);
      const headers = { 'content-type': 'application/x-www-form-urlencoded', host: 'localhost' };
      const callback = { method: 'POST', url: '/v1/hooks/storage/x', headers, body };
      assert.equal(store.verifyCallback!(callback), undefined);
      for (const authorization of ['', 'QBox', 'QBox a:b', 'Qiniu a:b', 'Bearer x', 'QBox :', 'QBox a:b:c'])
        assert.equal(
          store.verifyCallback!({ ...callback, headers: { ...headers, authorization } }),
          undefined,
        );
      return Promise.resolve();
    },
    ({ callback }) => callback,
  ),
];
