import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmdirSync } from 'node:fs';
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalDriver, objectKey, type ObjectStorage, StorageError, type UploadTicket } from '../src';
import type { OpenFile } from '../src/storage/drivers/local/local-folder';
import { eventually } from './support/eventually';
import { atAnotherTime, type Platform, type ServedStore, serveLocalStore } from './support/local-store';

const run = promisify(execFile);
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==',
  'base64',
);

const newKey = (extension = 'png') => objectKey({ purpose: 'test', name: 'raw', extension });

function ticketFor(store: ObjectStorage, key = newKey(), maxBytes = 10_000): Promise<UploadTicket> {
  const ticket = { key, minBytes: 1, maxBytes, contentType: 'image/png', expiresIn: 60 };
  return store.createUploadTicket({ ...ticket, uploadId: randomUUID(), owner: 'user-7' });
}

type Part = readonly [name: string, content: string | Blob, fileName?: string];

const partsOf = ({ fields }: UploadTicket): Part[] => Object.entries(fields);
const picture = (content: Buffer = PNG, type = 'image/png') => new Blob([new Uint8Array(content)], { type });

async function send(url: string, parts: readonly Part[], headers: Record<string, string> = {}) {
  const form = new FormData();
  for (const [name, content, fileName] of parts) {
    if (typeof content === 'string') form.append(name, content);
    else form.append(name, content, fileName);
  }
  const answer = await fetch(url, { method: 'POST', body: form, headers });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
}

/** Files below a folder that this process has open, where the system tells. */
async function openFiles(folder: string): Promise<string[]> {
  const open = await readdir('/proc/self/fd').catch(() => []);
  const paths = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(folder));
}

async function faultOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => undefined,
    (error: unknown) => (error instanceof StorageError ? error.fault : String(error)),
  );
}

describe.each<[Platform, string]>([
  ['express', 'a host'],
  ['fastify', 'a host'],
  ['express', 'the service'],
  ['fastify', 'the service'],
])('a store on the local disk, on %s by %s', (platform, by) => {
  let served: ServedStore;
  let store: LocalDriver;
  const full = { afterBytes: Infinity };

  /** A disk with room for so many bytes more. */
  const openFile: OpenFile = async (path, flags, mode) => {
    const handle = await open(path, flags, mode);
    const write = handle.write.bind(handle) as (
      bytes: Buffer,
      at: number,
      length: number,
    ) => Promise<unknown>;
    return Object.assign(handle, {
      write: async (bytes: Buffer, at: number, length: number) => {
        full.afterBytes -= length;
        if (full.afterBytes < 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        return write(bytes, at, length);
      },
    });
  };

  beforeAll(async () => {
    const options = { access: 'public', origins: ['https://shop.example.org'], openFile } as const;
    served = await serveLocalStore(platform, options, by === 'the service');
    store = served.store;
  });
  afterEach(async () => {
    full.afterBytes = Infinity;
    expect(await served.unfinished()).toEqual([]);
  });
  afterAll(() => served?.stop());

  describe('takes a form', () => {
    it('from a browser: 204, and nothing to read', async () => {
      const key = newKey();
      const ticket = await ticketFor(store, key);
      const answer = await send(ticket.url, [...partsOf(ticket), ['file', picture(), '头像 1.png']]);
      expect(answer).toMatchObject({ status: 204, body: undefined });
      expect(await store.stat(key)).toMatchObject({
        size: PNG.length,
        contentType: 'image/png',
        owner: 'user-7',
      });
    });

    it('from curl -F', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'gatecode-curl-'));
      const path = join(folder, 'me.png');
      await writeFile(path, PNG);
      const ticket = await ticketFor(store);
      const fields = Object.entries(ticket.fields).flatMap(([name, value]) => ['-F', `${name}=${value}`]);
      const file = ['-F', `${ticket.fileField}=@${path}`];
      const { stdout } = await run('curl', ['-s', '-w', '%{http_code}', ...fields, ...file, ticket.url]);
      await rm(folder, { recursive: true });
      expect(stdout).toBe('204');
    });

    it('of a file that nobody knows the type of', async () => {
      const ticket = await ticketFor(store);
      const file = picture(PNG, '');
      expect(await send(ticket.url, [...partsOf(ticket), ['file', file, 'me']])).toMatchObject({
        status: 204,
      });
    });

    it('of one ticket once, also when what was uploaded was moved on', async () => {
      const key = newKey();
      const ticket = await ticketFor(store, key);
      const parts = [...partsOf(ticket), ['file', picture(), 'me.png'] as const];
      await send(ticket.url, parts);
      await store.delete(key);
      expect(await send(ticket.url, parts)).toMatchObject({
        status: 409,
        body: { code: 'UPLOAD_TICKET_USED' },
      });
      expect(await store.stat(key)).toBeUndefined();
    });

    it('of no ticket for a store of another name with the same secret', async () => {
      const other = await LocalDriver.open({
        ...served.options,
        folder: served.folder,
        baseUrl: `${served.url}/v1/storage/other`,
      });
      const key = newKey();
      const ticket = await ticketFor(other, key);
      const answer = await send(`${served.url}/v1/storage/local`, [
        ...partsOf(ticket),
        ['file', picture(), 'me.png'],
      ]);
      expect(answer).toMatchObject({ status: 403, body: { code: 'UPLOAD_TICKET_INVALID' } });
      expect(await store.stat(key)).toBeUndefined();
    });
  });

  describe('refuses a form', () => {
    type Form = (ticket: UploadTicket) => readonly Part[];
    const file: Part = ['file', picture(), 'me.png'];

    it.each<[string, number, string, Form]>([
      [
        'of a file that is too large',
        413,
        'UPLOAD_TOO_LARGE',
        (ticket) => [...partsOf(ticket), ['file', picture(Buffer.alloc(10_001)), 'me.png']],
      ],
      [
        'of a file that is far too large',
        413,
        'UPLOAD_TOO_LARGE',
        (ticket) => [...partsOf(ticket), ['file', picture(Buffer.alloc(3_000_000)), 'me.png']],
      ],
      [
        'of an empty file',
        422,
        'UPLOAD_TOO_SMALL',
        (ticket) => [...partsOf(ticket), ['file', picture(Buffer.alloc(0)), 'me.png']],
      ],
      [
        'of another type',
        415,
        'UPLOAD_TYPE_REFUSED',
        (ticket) => [...partsOf(ticket), ['file', picture(PNG, 'text/html'), 'me.html']],
      ],
      [
        'of SVG',
        415,
        'UPLOAD_TYPE_REFUSED',
        (ticket) => [...partsOf(ticket), ['file', picture(PNG, 'image/svg+xml'), 'me.svg']],
      ],
      [
        'with a field that says another type',
        415,
        'UPLOAD_TYPE_REFUSED',
        (ticket) => [
          ...partsOf({ ...ticket, fields: { ...ticket.fields, 'Content-Type': 'text/html' } }),
          file,
        ],
      ],
      [
        'with another key',
        403,
        'UPLOAD_TICKET_INVALID',
        (ticket) => [...partsOf({ ...ticket, fields: { ...ticket.fields, key: newKey() } }), file],
      ],
      [
        'with a ticket that is none',
        403,
        'UPLOAD_TICKET_INVALID',
        (ticket) => [...partsOf({ ...ticket, fields: { ...ticket.fields, ticket: 'x' } }), file],
      ],
      ['without a ticket', 422, 'VALIDATION_FAILED', () => [file]],
      [
        'with a field that nobody knows',
        422,
        'VALIDATION_FAILED',
        (ticket) => [...partsOf(ticket), ['acl', 'public'], file],
      ],
      ['with a field twice', 422, 'VALIDATION_FAILED', (ticket) => [...partsOf(ticket), ['key', 'a'], file]],
      ['with its file first', 422, 'VALIDATION_FAILED', (ticket) => [file, ...partsOf(ticket)]],
      [
        'with a field behind the file',
        422,
        'VALIDATION_FAILED',
        (ticket) => [...partsOf(ticket), file, ['key', ticket.fields.key]],
      ],
      ['with two files', 422, 'VALIDATION_FAILED', (ticket) => [...partsOf(ticket), file, file]],
      [
        'with a file in another field',
        422,
        'VALIDATION_FAILED',
        (ticket) => [...partsOf(ticket), ['picture', picture(), 'me.png']],
      ],
      ['without a file', 422, 'VALIDATION_FAILED', partsOf],
    ])('%s', async (_, status, code, parts) => {
      const key = newKey();
      const ticket = await ticketFor(store, key);
      const answer = await send(ticket.url, parts(ticket));
      expect(answer).toMatchObject({ status, body: { code, status } });
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(await store.stat(key)).toBeUndefined();
    });

    it('of a ticket whose time is over', async () => {
      const ticket = await ticketFor(await atAnotherTime(served, -600_000));
      const answer = await send(ticket.url, [...partsOf(ticket), file]);
      expect(answer).toMatchObject({ status: 410, body: { code: 'UPLOAD_TICKET_EXPIRED' } });
    });

    it.each([
      ['that is JSON', 'application/json', '{}', 415, 'UNSUPPORTED_MEDIA_TYPE'],
      ['without a boundary', 'multipart/form-data; x=1', 'x', 400, 'MALFORMED_FORM'],
      ['that is no form', 'multipart/form-data; boundary=x', 'nothing', 400, 'MALFORMED_FORM'],
      [
        'that ends too early',
        'multipart/form-data; boundary=x',
        '--x\r\nContent-Disposition: form-data; name="key"\r\n\r\na',
        400,
        'MALFORMED_FORM',
      ],
    ])('%s', async (_, type, body, status, code) => {
      const url = `${served.url}/v1/storage/local`;
      const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ code });
    });

    it('that a client says is huge, before it has come', async () => {
      const ticket = await ticketFor(store);
      const answer = await send(ticket.url, [
        ...partsOf(ticket),
        ['file', picture(Buffer.alloc(20_000_000)), 'a.png'],
      ]).catch(() => ({ status: 'cut', body: { code: 'UPLOAD_TOO_LARGE' } }));
      expect(['cut', 413]).toContain(answer.status);
      expect(answer.body.code).toBe('UPLOAD_TOO_LARGE');
    });

    it('that is cut off in the middle, and the ticket is still good', async () => {
      const key = newKey();
      const ticket = await ticketFor(store, key, 1_000_000);
      const { hostname, port, pathname } = new URL(ticket.url);
      const part = (name: string, more = '') =>
        `--x\r\nContent-Disposition: form-data; name="${name}"${more}\r\n`;
      const fields = Object.entries(ticket.fields).map(([name, value]) => `${part(name)}\r\n${value}\r\n`);
      const file = part('file', '; filename="me.png"') + 'Content-Type: image/png\r\n\r\n';
      const socket = connect(Number(port), hostname);
      socket.write(
        `POST ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 900000\r\n` +
          `Content-Type: multipart/form-data; boundary=x\r\n\r\n${fields.join('')}${file}`,
      );
      socket.write(Buffer.alloc(100_000));
      await eventually('written to', async () => (await served.unfinished()).length === 1);
      socket.destroy();
      await eventually('swept', async () => (await served.unfinished()).length === 0);
      expect(await store.stat(key)).toBeUndefined();
      const again = await send(ticket.url, [...partsOf(ticket), ['file', picture(), 'me.png']]);
      expect(again.status).toBe(204);
    });

    it('for a store that is not there', async () => {
      const answer = await send(`${served.url}/v1/storage/other`, [file]);
      expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    });
  });

  describe('when the disk is full', () => {
    it.each([0, 1, 40_000])('says so after %i bytes, and keeps nothing', async (afterBytes) => {
      const key = newKey();
      full.afterBytes = afterBytes;
      expect(await faultOf(store.put(key, Buffer.alloc(70_000), { contentType: 'image/png' }))).toBe('full');
      expect(await store.stat(key)).toBeUndefined();
    });

    it('tells an upload to come again, and the ticket is still good', async () => {
      const key = newKey();
      const ticket = await ticketFor(store, key);
      const parts = [...partsOf(ticket), ['file', picture(), 'me.png'] as const];
      full.afterBytes = 10;
      const answer = await send(ticket.url, parts);
      expect(answer).toMatchObject({ status: 503, body: { code: 'STORAGE_UNAVAILABLE' } });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      full.afterBytes = Infinity;
      expect(await send(ticket.url, parts)).toMatchObject({ status: 204 });
      expect(await store.stat(key)).toMatchObject({ size: PNG.length });
    });
  });

  describe('serves', () => {
    async function get(key: string, init: RequestInit = {}) {
      const answer = await fetch(store.publicUrl(key), init);
      return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
    }
    async function stored(content: Buffer, contentType: string, extension = 'bin'): Promise<string> {
      const key = newKey(extension);
      await store.put(key, content, { contentType });
      return key;
    }

    it('a picture to be shown, for ever, and so that nothing in it runs', async () => {
      const { answer, bytes } = await get(await stored(PNG, 'image/png'));
      expect(bytes).toEqual(PNG);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'image/png',
        'content-length': String(PNG.length),
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
        'cross-origin-resource-policy': 'cross-origin',
        'cache-control': 'public, max-age=31536000, immutable',
        'accept-ranges': 'bytes',
      });
      expect(answer.headers.get('content-disposition')).toBeNull();
    });

    it.each(['text/html', 'image/svg+xml', 'application/pdf', 'text/plain', 'application/octet-stream'])(
      '%s as a file to be kept',
      async (type) => {
        const { answer } = await get(await stored(Buffer.from('<script>'), type));
        expect(answer.headers.get('content-type')).toMatch(type);
        expect(answer.headers.get('content-disposition')).toBe(
          `attachment; filename="raw.bin"; filename*=UTF-8''raw.bin`,
        );
      },
    );

    it('what the put said of caches', async () => {
      const key = newKey();
      await store.put(key, PNG, { contentType: 'image/png', cacheControl: 'public, max-age=60' });
      expect((await get(key)).answer.headers.get('cache-control')).toBe('public, max-age=60');
    });

    it('whoever has a signed link until it ends, and no cache longer', async () => {
      const key = await stored(PNG, 'image/png');
      const answer = await fetch(await store.signedUrl(key, { expiresIn: 300 }));
      const [, seconds] = /^private, max-age=(\d+)$/.exec(answer.headers.get('cache-control') ?? '') ?? [];
      expect(Number(seconds)).toBeGreaterThan(290);
      expect(Number(seconds)).toBeLessThanOrEqual(330);
      await answer.arrayBuffer();
    });

    it('the same link for a while, so that it can be cached', async () => {
      const key = newKey();
      const at = (now: number) =>
        LocalDriver.open({ ...served.options, baseUrl: store.baseUrl, clock: { now: () => now } });
      const options = { expiresIn: 3_600 };
      const [first, second, later] = await Promise.all(
        [1_800_000_060_000, 1_800_000_100_000, 1_800_000_500_000].map(async (now) =>
          (await at(now)).signedUrl(key, options),
        ),
      );
      expect(second).toBe(first);
      expect(later).not.toBe(first);
    });

    it('nothing more to readers that leave, and lets go of the file', async () => {
      const key = await stored(Buffer.alloc(20_000_000), 'application/octet-stream');
      for (const wait of [0, 20]) {
        const leave = new AbortController();
        const left = Array.from({ length: 4 }, async () => {
          const answer = await fetch(store.publicUrl(key), { signal: leave.signal });
          await answer.body!.getReader().read();
          return answer;
        });
        if (wait > 0) await Promise.all(left);
        leave.abort();
        await Promise.allSettled(left);
      }
      const { stream } = await store.getStream(key);
      await once(stream, 'readable');
      stream.destroy();
      await eventually('closed file', async () => (await openFiles(served.folder)).length === 0);
    });

    it('nothing of what has not changed', async () => {
      const key = await stored(PNG, 'image/png');
      const etag = (await get(key)).answer.headers.get('etag')!;
      for (const match of [etag, `"x", W/${etag}`, '*']) {
        const { answer, bytes } = await get(key, { headers: { 'if-none-match': match } });
        expect([answer.status, bytes.length, answer.headers.get('etag')]).toEqual([304, 0, etag]);
      }
      expect((await get(key, { headers: { 'if-none-match': '"x"' } })).answer.status).toBe(200);
    });

    it('its headers to HEAD', async () => {
      const key = await stored(Buffer.alloc(5_000), 'image/png');
      const { answer, bytes } = await get(key, { method: 'HEAD' });
      expect([answer.status, answer.headers.get('content-length'), bytes.length]).toEqual([200, '5000', 0]);
      expect((await get(newKey(), { method: 'HEAD' })).answer.status).toBe(404);
    });

    it.each([
      ['bytes=0-0', 206, 'bytes 0-0/10', '0'],
      ['bytes=2-4', 206, 'bytes 2-4/10', '234'],
      ['bytes=7-', 206, 'bytes 7-9/10', '789'],
      ['bytes=-3', 206, 'bytes 7-9/10', '789'],
      ['bytes=-99', 206, 'bytes 0-9/10', '0123456789'],
      ['bytes=5-99', 206, 'bytes 5-9/10', '56789'],
      ['bytes=0-1,3-4', 200, null, '0123456789'],
      ['bytes=4-2', 200, null, '0123456789'],
      ['lines=1-2', 200, null, '0123456789'],
      ['bytes=abc', 200, null, '0123456789'],
    ])('%s', async (range, status, contentRange, text) => {
      const key = await stored(Buffer.from('0123456789'), 'text/plain');
      const { answer, bytes } = await get(key, { headers: { range } });
      expect([answer.status, answer.headers.get('content-range'), bytes.toString()]).toEqual([
        status,
        contentRange,
        text,
      ]);
    });

    it.each(['bytes=10-', 'bytes=99-100', 'bytes=-0'])('nothing of %s', async (range) => {
      const key = await stored(Buffer.from('0123456789'), 'text/plain');
      const { answer, bytes } = await get(key, { headers: { range } });
      expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */10']);
      expect(JSON.parse(bytes.toString())).toMatchObject({ code: 'RANGE_NOT_SATISFIABLE' });
    });

    it('the whole to who has a part of something else', async () => {
      const key = await stored(Buffer.from('0123456789'), 'text/plain');
      const { answer } = await get(key, { headers: { range: 'bytes=0-1', 'if-range': '"other"' } });
      expect(answer.status).toBe(200);
    });

    it('an empty object', async () => {
      const { answer, bytes } = await get(await stored(Buffer.alloc(0), 'text/plain'));
      expect([answer.status, answer.headers.get('content-length'), bytes.length]).toEqual([200, '0', 0]);
    });
  });

  describe('for pages of other origins', () => {
    const origin = (value: string) => ({ headers: { origin: value } });

    it('lets those that were named read, also what went wrong', async () => {
      const allowed = await fetch(store.publicUrl(newKey()), origin('https://shop.example.org'));
      expect(allowed.status).toBe(404);
      expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example.org');
      expect(allowed.headers.get('vary')).toMatch(/\bOrigin\b/);
      expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
      await allowed.text();
      const other = await fetch(store.publicUrl(newKey()), origin('https://evil.example.org'));
      expect(other.headers.get('access-control-allow-origin')).toBeNull();
      await other.text();
    });

    it('lets them upload, as they ask for when they show how far it is', async () => {
      const ticket = await ticketFor(store);
      const asked = await fetch(ticket.url, {
        method: 'OPTIONS',
        headers: { origin: 'https://shop.example.org', 'access-control-request-method': 'POST' },
      });
      expect(asked.status).toBe(204);
      expect(asked.headers.get('access-control-allow-methods')).toMatch(/\bPOST\b/);
      expect(asked.headers.get('access-control-allow-origin')).toBe('https://shop.example.org');
      const parts = [...partsOf(ticket), ['file', picture(), 'me.png'] as const];
      const sent = await send(ticket.url, parts, { origin: 'https://shop.example.org' });
      expect(sent.status).toBe(204);
      expect(sent.headers.get('access-control-allow-origin')).toBe('https://shop.example.org');
    });
  });
});

/** A disk of a size of our own takes root; elsewhere the full disk above, which is played, has to do. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mayMount();

function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'gatecode-mount-'));
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', folder]).status === 0;
  if (isMounted) spawnSync('umount', [folder]);
  rmdirSync(folder);
  return isMounted;
}

describe('the folder of a store on the local disk', () => {
  let served: ServedStore;
  let store: LocalDriver;
  let outside: string;
  const TEXT = { contentType: 'text/plain' };

  beforeEach(async () => {
    served = await serveLocalStore('express', { access: 'public' });
    store = served.store;
    outside = await mkdtemp(join(tmpdir(), 'gatecode-outside-'));
    await writeFile(join(outside, 'secret='), 'a secret');
  });
  afterEach(async () => {
    await served.stop();
    await rm(outside, { recursive: true });
  });

  it.each([
    '/v1/storage/local/../../../../etc/passwd',
    '/v1/storage/local/%2e%2e/%2e%2e/etc/passwd',
    '/v1/storage/local/..%2f..%2f..%2fetc%2fpasswd',
    '/v1/storage/local/a/..%5c..%5cetc',
    '/v1/storage/local//etc/passwd',
    '/v1/storage/local/a%00b',
    '/v1/storage/local/.hidden',
    '/v1/storage/local/a/%2e%2e/%2e%2e/incoming',
    '/v1/storage/..%2flocal/a',
  ])('is not left by %s', async (path) => {
    // A client that does not tidy up the path before it asks.
    const { stdout } = await run('curl', [
      '-s',
      '--path-as-is',
      '-w',
      '\n%{http_code}',
      `${served.url}${path}`,
    ]);
    expect(stdout.split('\n').at(-1)).toMatch(/^40[04]$/);
    expect(stdout).not.toMatch(/root:|secret/);
  });

  it('holds objects that nobody else on the machine reads', async () => {
    await store.put('a/b.txt', Buffer.from('x'), TEXT);
    const { stdout } = await run('find', [served.folder, '-mindepth', '1', '-perm', '/077']);
    expect(stdout).toBe('');
  });

  it('follows no link to a file', async () => {
    await mkdir(join(served.folder, 'objects', 'a'));
    await symlink(join(outside, 'secret='), join(served.folder, 'objects', 'a', 'b='));
    expect(await faultOf(store.getStream('a/b'))).toBe('denied');
    expect(await faultOf(store.stat('a/b'))).toBe('denied');
    expect(await faultOf(store.copy('a/b', 'a/c'))).toBe('denied');
    const answer = await fetch(store.publicUrl('a/b'));
    expect(await answer.text()).not.toContain('a secret');
    expect(answer.status).toBe(503);
  });

  it('puts an object in the place of a link, and not where it leads to', async () => {
    await mkdir(join(served.folder, 'objects', 'a'));
    await symlink(join(outside, 'secret='), join(served.folder, 'objects', 'a', 'b='));
    await store.put('a/b', Buffer.from('x'), TEXT);
    expect(await readFile(join(outside, 'secret='), 'utf8')).toBe('a secret');
    expect(await store.stat('a/b')).toMatchObject({ size: 1 });
  });

  it('follows no link to a folder', async () => {
    await symlink(outside, join(served.folder, 'objects', 'a'));
    expect(await faultOf(store.stat('a/secret'))).toBe('denied');
    expect(await faultOf(store.put('a/new', Buffer.from('x'), TEXT))).toBe('denied');
    expect(await faultOf(store.put('a/b/new', Buffer.from('x'), TEXT))).toBe('denied');
    expect(await faultOf(store.delete('a/secret'))).toBe('denied');
    expect(await readdir(outside)).toEqual(['secret=']);
  });

  it('gives no file that was cut or that is none of ours', async () => {
    await store.put('a', Buffer.alloc(1_000), TEXT);
    await truncate(join(served.folder, 'objects', 'a='), 500);
    await store.put('b', Buffer.alloc(1_000), TEXT);
    await appendFile(join(served.folder, 'objects', 'b='), 'x');
    await writeFile(join(served.folder, 'objects', 'c='), '');
    for (const key of ['a', 'b', 'c']) expect(await faultOf(store.getStream(key))).toBe('unavailable');
  });

  it('has no empty folders left once its objects are deleted', async () => {
    await store.put('a/b/c.txt', Buffer.from('x'), TEXT);
    await store.delete('a/b/c.txt');
    expect(await readdir(join(served.folder, 'objects'))).toEqual([]);
  });

  it('takes and deletes neighbours at the same time', async () => {
    for (let round = 0; round < 20; round++) {
      await store.put('a/b/first', Buffer.from('x'), TEXT);
      await Promise.all([store.delete('a/b/first'), store.put('a/b/second', Buffer.from('x'), TEXT)]);
      expect(await store.stat('a/b/second')).toBeDefined();
      await store.delete('a/b/second');
    }
  });

  it('forgets which tickets were used once they have expired', async () => {
    const ticket = await ticketFor(store);
    await send(ticket.url, [...partsOf(ticket), ['file', picture(), 'me.png']]);
    const spent = () => readdir(join(served.folder, 'spent'));
    expect(await spent()).toHaveLength(1);
    await atAnotherTime(served, 30_000);
    expect(await spent()).toHaveLength(1);
    await atAnotherTime(served, 61_000);
    expect(await spent()).toEqual([]);
  });

  it('is refused where there are no folders to be made', async () => {
    await writeFile(join(outside, 'file'), '');
    const open = LocalDriver.open({
      ...served.options,
      baseUrl: 'http://x/',
      folder: join(outside, 'file'),
    });
    expect(await faultOf(open)).toBe('unavailable');
  });

  (canMount ? it : it.skip)('on a disk that is full says so, keeps nothing, and what is there', async () => {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=256k,nr_inodes=40', 'none', outside]);
    try {
      const small = await LocalDriver.open({ ...served.options, baseUrl: 'http://x/', folder: outside });
      await small.put('a/first', Buffer.alloc(50_000), TEXT);
      expect(await faultOf(small.put('a/second', Buffer.alloc(300_000), TEXT))).toBe('full');
      expect(await faultOf(small.put('a/first', Buffer.alloc(250_000, 1), TEXT))).toBe('full');
      expect(await small.stat('a/first')).toMatchObject({ size: 50_000 });
      expect(await readdir(join(outside, 'incoming'))).toEqual([]);
      // No more files, folders or names are to be had either.
      let taken = 0;
      let fault: string | undefined;
      for (; taken < 100 && !fault; taken++) fault = await faultOf(small.put(`b/${taken}`, PNG, TEXT));
      expect([fault, taken < 40]).toEqual(['full', true]);
      expect(await readdir(join(outside, 'incoming'))).toEqual([]);
      await small.delete('b/0');
      await small.put('b/again', PNG, TEXT);
    } finally {
      await run('umount', [outside]);
    }
  });

  it('has its room looked over', async () => {
    expect(await store.checkup()).toEqual([expect.objectContaining({ subject: 'space' })]);
  });
});
