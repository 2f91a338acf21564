import assert from 'node:assert/strict';
import { type Bench, define } from './bench';
import { failureOf, holdsNone, isThere, sameBytes } from './expect';
import { bytes } from './samples';

const TEXT = { contentType: 'text/plain' } as const;
const NAME = '头像 "1"; a.txt';

async function refused(bench: Bench, url: string, content: Buffer, method = 'GET'): Promise<void> {
  const answer = await bench.fetch(url, { method });
  assert.ok(!answer.ok, `${answer.status} is no refusal`);
  const body = Buffer.from(await answer.arrayBuffer());
  assert.ok(!body.includes(content), 'the answer holds nothing of the object');
}

async function signed(bench: Bench, content: Buffer): Promise<{ name: string; url: string }> {
  const name = bench.key('txt');
  await bench.store.put(name, content, TEXT);
  return { name, url: await bench.store.signedUrl(name, { expiresIn: 300 }) };
}

/** Another character of the same kind, where the value is read exactly. */
function altered(value: string, at: number): string {
  const other = /\d/.test(value[at]) ? String((Number(value[at]) + 1) % 10) : value[at] === 'A' ? 'B' : 'A';
  return value.slice(0, at) + other + value.slice(at + 1);
}

export const LINK_CASES = [
  define('gives whoever has a signed URL the object', async (bench) => {
    const content = bytes(5_000);
    const { url } = await signed(bench, content);
    const answer = await bench.fetch(url);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
    assert.equal(answer.headers.get('content-length'), '5000');
    sameBytes(Buffer.from(await answer.arrayBuffer()), content);
  }),
  define('serves a range of it', async (bench) => {
    const content = bytes(5_000);
    const { url } = await signed(bench, content);
    const answer = await bench.fetch(url, { headers: { range: 'bytes=100-199' } });
    assert.equal(answer.status, 206);
    assert.equal(answer.headers.get('content-range'), 'bytes 100-199/5000');
    sameBytes(Buffer.from(await answer.arrayBuffer()), content.subarray(100, 200));
  }),
  define('makes a signed URL without asking whether there is anything', async ({ store, key, fetch }) => {
    const answer = await fetch(await store.signedUrl(key(), { expiresIn: 60 }));
    assert.equal(answer.status, 404);
    await answer.arrayBuffer();
  }),
  define('refuses a signed URL of which anything was altered', async (bench) => {
    const content = Buffer.from('nobody else reads this');
    const { name } = await signed(bench, content);
    const url = await bench.store.signedUrl(name, { expiresIn: 300, downloadName: 'letter.txt' });
    const { searchParams } = new URL(url);
    assert.ok(searchParams.size > 0);
    for (const [parameter, value] of searchParams) {
      for (const at of new Set([0, value.length >> 1])) {
        const other = new URL(url);
        other.searchParams.set(parameter, altered(value, at));
        await refused(bench, other.href, content);
      }
      if (bench.store.capabilities.publicUrls) continue;
      const less = new URL(url);
      less.searchParams.delete(parameter);
      await refused(bench, less.href, content);
    }
  }),
  define('refuses a signed URL for another key', async (bench) => {
    const content = Buffer.from('nobody else reads this');
    const [{ url, name }, other] = [await signed(bench, Buffer.from('mine')), await signed(bench, content)];
    await refused(bench, url.replace(name, other.name), content);
  }),
  define('refuses a signed URL whose time is over', async (bench) => {
    const content = Buffer.from('nobody else reads this');
    const { name } = await signed(bench, content);
    await refused(bench, await bench.tools.expiredUrl(name), content);
  }),
  define('refuses a signed URL of somebody else', async (bench) => {
    const content = Buffer.from('nobody else reads this');
    const { name } = await signed(bench, content);
    const other = await bench.tools.withOtherSecret();
    await refused(bench, await other.signedUrl(name, { expiresIn: 300 }), content);
  }),
  define('changes nothing for who has a signed URL', async (bench) => {
    const { name, url } = await signed(bench, bytes(10));
    for (const method of ['DELETE', 'PUT', 'POST']) await refused(bench, url, bytes(10), method);
    assert.ok(await isThere(bench.store, name));
  }),
  define('makes no signed URL that holds for no time, or for more than a week', async ({ store, key }) => {
    for (const expiresIn of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 604_801]) {
      const error = await failureOf(store.signedUrl(key(), { expiresIn }));
      assert.ok(error instanceof TypeError, `${expiresIn}: a TypeError, and not ${String(error)}`);
    }
  }),
  define('has a download named', async (bench) => {
    const { name } = await signed(bench, bytes(10));
    const url = await bench.store.signedUrl(name, { expiresIn: 300, downloadName: NAME });
    const answer = await bench.fetch(url);
    assert.equal(answer.status, 200);
    const disposition = answer.headers.get('content-disposition') ?? '';
    assert.match(disposition, /^attachment\b/);
    assert.ok(disposition.includes('%E5%A4%B4%E5%83%8F'), `the name is encoded: ${disposition}`);
    await answer.arrayBuffer();
  }),
  define('lets no name of a download into the headers', async (bench) => {
    const { name } = await signed(bench, bytes(10));
    const half = 'half a character \ud83d.txt';
    for (const downloadName of ['a"\r\nX-Injected: 1\r\n\r\n<script>.txt', half, '头'.repeat(500)]) {
      const answer = await bench.fetch(await bench.store.signedUrl(name, { expiresIn: 300, downloadName }));
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('x-injected'), null);
      assert.equal((await answer.arrayBuffer()).byteLength, 10);
    }
  }),
  define('shows no secret in a URL', async ({ store, key, tools }) => {
    const name = key();
    holdsNone(await store.signedUrl(name, { expiresIn: 60 }), tools.secrets, 'the signed URL');
    holdsNone(store.publicUrl(name), tools.secrets, 'the public URL');
    holdsNone(store.origins(), tools.secrets, 'the origins');
  }),
  define(
    'serves anybody at its public URL',
    async ({ store, key, fetch }) => {
      const [name, content] = [key('txt'), bytes(3_000)];
      await store.put(name, content, TEXT);
      const answer = await fetch(store.publicUrl(name));
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
      sameBytes(Buffer.from(await answer.arrayBuffer()), content);
      const none = await fetch(store.publicUrl(key('txt')));
      // Who may not list a bucket is not told that there is nothing either.
      assert.ok([403, 404].includes(none.status), `${none.status}`);
      await none.arrayBuffer();
    },
    ({ publicUrls }) => publicUrls,
  ),
  define(
    'serves nobody without a signature',
    async (bench) => {
      const content = Buffer.from('nobody else reads this');
      const { name, url } = await signed(bench, content);
      await refused(bench, bench.store.publicUrl(name), content);
      await refused(bench, url.split('?')[0], content);
    },
    ({ publicUrls }) => !publicUrls,
  ),
];
