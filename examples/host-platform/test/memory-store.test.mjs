// A store that is not Gatecode's keeps what every store promises. Needs the build, and nothing else.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { storageCasesFor } from 'gatecode/testing';
import { MemoryStore } from '../dist/files/memory-store.js';

const objects = new Map();
const secretKey = 'a sample that is no secret';
const anHourAgo = () => Date.now() - 3_600_000;
const store = new MemoryStore({ objects, secretKey });

const tools = {
  fetch: (url, init) => store.handle(new globalThis.Request(url, init)),
  expiredTicket: (request) =>
    new MemoryStore({ objects, secretKey, now: anHourAgo }).createUploadTicket(request),
  expiredUrl: (key) =>
    new MemoryStore({ objects, secretKey, now: anHourAgo }).signedUrl(key, { expiresIn: 60 }),
  withOtherSecret: () => new MemoryStore({ objects, secretKey: 'another one' }),
  async unreachable() {
    const closed = new MemoryStore({ objects, secretKey });
    await closed.close();
    return closed;
  },
  secrets: [secretKey],
};

describe('a store of the shop', () => {
  for (const { name, run } of storageCasesFor(store.capabilities)) test(name, () => run(store, tools));

  test('has nothing left in the end', () => assert.deepEqual([...objects.keys()], []));

  test('is tested by the same cases as CommonJS has them', () => {
    const { STORAGE_CASES } = createRequire(import.meta.url)('gatecode/testing');
    for (const each of storageCasesFor(store.capabilities)) assert.ok(STORAGE_CASES.includes(each));
  });
});
