import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, json } from 'node:stream/consumers';
import { inspect } from 'node:util';

import type { UploadTicket, UploadTicketRequest } from '../src/storage/object-storage.interface';
import type { QiniuDriver } from '../src/storage/drivers/qiniu/qiniu.driver';
import { StorageError, type StorageFault } from '../src/storage/storage.error';
import { eventually } from './support/eventually';
import { qiniuDriver } from './support/qiniu-driver';
import { QINIU_ACCOUNT } from './support/simulators/qiniu-account';
import { QiniuSimulator } from './support/simulators/qiniu.simulator';

const MIB = 1024 * 1024;
const BINARY = { contentType: 'application/octet-stream' };
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(500, 7)]);
const KEY = 'avatar/1f/0190/raw.png';

let simulator: QiniuSimulator;
let store: QiniuDriver;
/** Moved by tests that let time pass. */
let clock: { now: () => number };

beforeAll(async () => {
  clock = { now: () => Date.now() };
  simulator = await QiniuSimulator.start({ now: () => clock.now() });
});
beforeEach(() => {
  clock.now = () => Date.now();
  simulator.reset();
  store = qiniuDriver(simulator, {}, clock);
});
afterEach(async () => {
  await store.close();
  expect(simulator.complaints).toEqual([]);
  expect(simulator.parts.open).toEqual([]);
});
afterAll(() => simulator.stop());

/** What a call fails with: the words of all stores, and no secret among them. */
async function fault(call: Promise<unknown>): Promise<StorageFault> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StorageError);
  const text = inspect(error, { depth: 20, showHidden: true });
  expect(text).not.toContain(QINIU_ACCOUNT.secretKey);
  // Neither tokens nor signed URLs.
  expect(text).not.toMatch(/UpToken|token=|eyJ/);
  return (error as StorageError).fault;
}

const content = (key = KEY) => simulator.object(key)?.content;

describe('what is put', () => {
  const large = randomBytes(9 * MIB + 17);

  it.each([
    ['nothing at all', Buffer.alloc(0), 1],
    ['a small Buffer', randomBytes(1_000), 1],
    ['a Buffer of exactly one part', randomBytes(4 * MIB), 1],
    ['a Buffer of one byte more', randomBytes(4 * MIB + 1), 4],
    ['a large Buffer', large, 5],
  ])('arrives byte for byte: %s', async (_, body, calls) => {
    const facts = await store.put(KEY, body, BINARY);
    expect(content()?.equals(body)).toBe(true);
    expect(facts).toMatchObject({ key: KEY, size: body.length, etag: simulator.object(KEY)?.hash });
    expect(simulator.log).toHaveLength(calls);
  });

  it.each([
    ['whose length is known', large.length],
    ['whose length nobody knows', undefined],
  ])('may be a large stream %s', async (_, size) => {
    const told: number[] = [];
    const onProgress = (bytes: number) => void told.push(bytes);
    await store.put(KEY, Readable.from([large.subarray(0, 5), large.subarray(5)]), {
      ...BINARY,
      size,
      onProgress,
    });
    expect(content()?.equals(large)).toBe(true);
    expect(told).toEqual([4 * MIB, 8 * MIB, large.length]);
    expect(simulator.calls('part').map(({ bytes }) => bytes)).toEqual([4 * MIB, 4 * MIB, MIB + 17]);
  });

  it('may be a small stream, which goes as one form', async () => {
    await store.put(KEY, Readable.from([Buffer.from('a'), Buffer.from('b')]), { contentType: 'text/plain' });
    expect(content()?.toString()).toBe('ab');
    expect(simulator.log.map(({ operation }) => operation)).toEqual(['form']);
  });

  it('may be a file, small or large', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'storage-qiniu-'));
    try {
      for (const body of [randomBytes(1_000), large]) {
        await writeFile(join(folder, 'file'), body);
        await store.put(KEY, { path: join(folder, 'file') }, BINARY);
        expect(content()?.equals(body)).toBe(true);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is of the type that was said, whatever is in it', async () => {
    await store.put(KEY, PNG, { contentType: 'text/plain; charset=utf-8' });
    await store.put('b/large.bin', large, { contentType: 'image/webp' });
    expect((await store.stat(KEY))?.contentType).toBe('text/plain; charset=utf-8');
    expect((await store.stat('b/large.bin'))?.contentType).toBe('image/webp');
  });
});

describe('what is there', () => {
  it('is told of, read in whole and in part', async () => {
    await store.put(KEY, PNG, { contentType: 'image/png' });
    const facts = await store.stat(KEY);
    expect(facts).toMatchObject({ key: KEY, size: PNG.length, contentType: 'image/png' });
    expect(Math.abs(Date.now() - Number(facts?.lastModified))).toBeLessThan(10_000);
    const whole = await store.getStream(KEY);
    expect(whole.facts).toEqual({ ...facts, lastModified: whole.facts.lastModified });
    expect((await buffer(whole.stream)).equals(PNG)).toBe(true);
    const part = await store.getStream(KEY, { range: { start: 4, end: 7 } });
    expect((await buffer(part.stream)).equals(PNG.subarray(4, 8))).toBe(true);
    expect(part).toMatchObject({ range: { start: 4, end: 7 }, facts: { size: PNG.length } });
  });

  it('is copied, listed and deleted, one by one or together', async () => {
    const keys = ['l/1', 'l/2', 'l/3', 'm/1'];
    await store.put('l/1', PNG, BINARY);
    for (const key of keys.slice(1)) await store.copy('l/1', key);
    const first = await store.list({ prefix: 'l/', limit: 2 });
    expect(first.objects.map(({ key }) => key)).toEqual(['l/1', 'l/2']);
    const second = await store.list({ prefix: 'l/', limit: 2, marker: first.marker });
    expect(second.objects.map(({ key, size }) => [key, size])).toEqual([['l/3', PNG.length]]);
    expect(second.marker).toBeUndefined();
    await store.delete('l/1');
    await store.deleteAll(['l/1', 'l/2', 'l/3', 'none/1']);
    expect(simulator.keys()).toEqual(['m/1']);
    expect(await fault(store.list({ marker: 'no marker of theirs' }))).toBe('misconfigured');
  });

  it('has a signed URL that stays the same for a while, and one that scales a picture', async () => {
    await store.put(KEY, PNG, { contentType: 'image/png' });
    const urls = ['11:00:01', '11:30:00', '12:00:00'].map((time) => {
      clock.now = () => Date.parse(`2026-01-01T${time}Z`);
      return store.signedUrl(KEY, { expiresIn: 3_600 });
    });
    expect(new Set(await Promise.all(urls)).size).toBe(1);
    expect((await fetch(await urls[0])).status).toBe(200);
    const imageOps = 'imageView2/1/w/128/h/128';
    const scaled = await fetch(await store.signedUrl(KEY, { expiresIn: 60, imageOps }));
    expect(scaled.headers.get('x-simulated-image-ops')).toBe(imageOps);
  });
});

const request: UploadTicketRequest = {
  key: KEY,
  minBytes: 100,
  maxBytes: 2_000,
  contentType: 'image/png',
  expiresIn: 600,
  uploadId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f',
  owner: 'user-7',
};

/** What the code of any page does, which knows no store. */
async function upload(ticket: UploadTicket, file: Buffer, fields = ticket.fields): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append(ticket.fileField ?? '', new Blob([new Uint8Array(file)], { type: 'image/png' }), 'me.png');
  return fetch(ticket.url, { method: ticket.method, headers: ticket.headers, body: form });
}

describe('a ticket', () => {
  it('is enough to upload with', async () => {
    const ticket = await store.createUploadTicket(request);
    expect(simulator.log).toEqual([]);
    expect((await upload(ticket, PNG)).status).toBe(200);
    expect(await store.stat(KEY)).toMatchObject({
      size: PNG.length,
      contentType: 'image/png',
      owner: 'user-7',
    });
  });

  it('is enough for a command line, too', async () => {
    const { url, fields, fileField } = await store.createUploadTicket(request);
    const form = Object.entries(fields).flatMap(([name, value]) => ['-F', `${name}=${value}`]);
    const curl = spawn('curl', ['-sS', '--fail', ...form, '-F', `${fileField}=@-;filename=me.png`, url]);
    curl.stdin.end(PNG);
    const [answer, [code]] = await Promise.all([json(curl.stdout), once(curl, 'close')]);
    expect([answer, code]).toEqual([{ key: KEY, hash: simulator.object(KEY)?.hash }, 0]);
    expect(content()?.equals(PNG)).toBe(true);
  });

  it.each<[string, number, () => Promise<Response>]>([
    [
      'another key',
      403,
      async () => {
        const ticket = await store.createUploadTicket(request);
        return upload(ticket, PNG, { ...ticket.fields, key: 'avatar/other.png' });
      },
    ],
    [
      'a key that begins the same',
      403,
      async () => {
        const ticket = await store.createUploadTicket(request);
        return upload(ticket, PNG, { ...ticket.fields, key: `${KEY}.html` });
      },
    ],
    [
      'no key',
      403,
      async () => {
        const { fields, ...ticket } = await store.createUploadTicket(request);
        return upload({ ...ticket, fields }, PNG, { token: fields.token });
      },
    ],
    [
      'a larger file',
      413,
      async () => upload(await store.createUploadTicket(request), Buffer.concat([PNG, Buffer.alloc(2_000)])),
    ],
    ['a smaller file', 403, async () => upload(await store.createUploadTicket(request), PNG.subarray(0, 99))],
    [
      'a page that calls itself a picture',
      403,
      async () => {
        const page = Buffer.from('<!doctype html><script>alert(1)</script>'.padEnd(200));
        return upload(await store.createUploadTicket(request), page);
      },
    ],
    [
      'a drawing that can hold scripts',
      403,
      async () => upload(await store.createUploadTicket(request), Buffer.from('<svg>'.padEnd(200))),
    ],
    [
      'a picture of another type',
      403,
      async () => {
        const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(200)]);
        return upload(await store.createUploadTicket(request), gif);
      },
    ],
    [
      'an upload after its time',
      401,
      async () => {
        const ticket = await store.createUploadTicket(request);
        clock.now = () => Date.now() + 601_000;
        return upload(ticket, PNG);
      },
    ],
    [
      'a signature of somebody else',
      401,
      async () => {
        const other = qiniuDriver(simulator, { secretKey: 'sk-other' });
        return upload(await other.createUploadTicket(request), PNG);
      },
    ],
    [
      'a policy that was widened',
      401,
      async () => {
        const { fields, ...ticket } = await store.createUploadTicket(request);
        const [accessKey, sign, encoded] = fields.token.split(':');
        const policy = JSON.parse(Buffer.from(encoded, 'base64').toString()) as { fsizeLimit: number };
        const wide = Buffer.from(JSON.stringify({ ...policy, fsizeLimit: 1e9 })).toString('base64');
        return upload({ ...ticket, fields }, PNG, { ...fields, token: [accessKey, sign, wide].join(':') });
      },
    ],
  ])('is refused by the store with %s: %i', async (_, status, attempt) => {
    expect((await attempt()).status).toBe(status);
    expect(simulator.keys()).toEqual([]);
  });

  it('is good for one upload', async () => {
    const ticket = await store.createUploadTicket(request);
    const other = Buffer.concat([PNG, Buffer.of(1)]);
    expect((await upload(ticket, PNG)).status).toBe(200);
    expect((await upload(ticket, other)).status).toBe(614);
    expect(content()?.equals(PNG)).toBe(true);
  });
});

describe('a fault of the store', () => {
  const put = () => store.put(KEY, PNG, BINARY);
  const large = randomBytes(5 * MIB);
  const putLarge = () => store.put(KEY, Readable.from([large]), BINARY);

  it.each([
    [400, 'misconfigured'],
    [401, 'denied'],
    [403, 'denied'],
    [413, 'too-large'],
    [419, 'denied'],
    [612, 'unavailable'],
    [614, 'exists'],
    [630, 'full'],
    [631, 'misconfigured'],
  ] as const)('is told once and not repeated: %i is "%s"', async (status, expected) => {
    simulator.fault({ kind: 'status', status, times: 9 });
    const reads = [612, 614].includes(status) ? 1 : 0;
    simulator.fault({ kind: 'status', status: 612, on: 'stat', times: 9 });
    expect(await fault(put())).toBe(expected);
    expect(simulator.log).toHaveLength(1 + reads);
  });

  it.each([502, 503, 504, 573, 599, 406])('passes: a put goes on after %i', async (status) => {
    simulator.fault({ kind: 'status', status, on: 'form' });
    await put();
    for (const on of ['init', 'part', 'complete'] as const) simulator.fault({ kind: 'status', status, on });
    await putLarge();
    expect(content()?.equals(large)).toBe(true);
    expect(simulator.calls('form')).toHaveLength(2);
    expect(simulator.calls('part')).toHaveLength(3);
  });

  it.each([
    [573, 'throttled'],
    [599, 'unavailable'],
  ] as const)('that does not pass is told in the end: %i is "%s"', async (status, expected) => {
    simulator.fault({ kind: 'status', status, times: 9 });
    expect(await fault(store.stat(KEY))).toBe(expected);
    expect(simulator.log).toHaveLength(3);
  });

  it.each(['before', 'amid', 'after'] as const)(
    'does no harm: a connection cut %s the content',
    async (when) => {
      simulator.fault({ kind: 'cut', when, on: 'form' });
      await store.put(KEY, PNG, { ...BINARY, createOnly: true });
      for (const on of ['init', 'part', 'complete'] as const) simulator.fault({ kind: 'cut', when, on });
      await store.put('b/large.bin', large, { ...BINARY, createOnly: true });
      expect(simulator.keys()).toEqual([KEY, 'b/large.bin']);
      expect(content('b/large.bin')?.equals(large)).toBe(true);
      // An upload whose answer was lost before it was begun twice is left to expire.
      simulator.parts.clear();
    },
  );

  it('that stored and then said the file exists is a success, if it is the same file', async () => {
    simulator.fault({ kind: 'status', status: 614, on: 'form', done: true });
    expect(await store.put(KEY, PNG, { ...BINARY, createOnly: true })).toMatchObject({ size: PNG.length });
    const other = Buffer.concat([PNG, PNG]);
    expect(await fault(store.put(KEY, other, { ...BINARY, createOnly: true }))).toBe('exists');
    expect(content()?.equals(PNG)).toBe(true);
  });

  it('that stored and could not say so to others is looked at, and not uploaded again', async () => {
    simulator.fault({ kind: 'status', status: 579, done: true });
    expect(await put()).toMatchObject({ key: KEY, size: PNG.length });
    expect(simulator.log.map(({ operation }) => operation)).toEqual(['form', 'stat']);
    simulator.reset();
    simulator.fault({ kind: 'status', status: 579 });
    expect(await fault(put())).toBe('unavailable');
  });

  it('that damages content on the way is noticed, and mended by another attempt', async () => {
    simulator.fault({ kind: 'corrupt', on: 'part' });
    await putLarge();
    expect(content()?.equals(large)).toBe(true);
    simulator.fault({ kind: 'corrupt', on: 'part', times: 2 });
    expect(await fault(putLarge())).toBe('wrong-checksum');
  });

  it('that has other bytes in the end is told, and nothing is left', async () => {
    simulator.fault({ kind: 'corrupt', stored: true });
    expect(await fault(put())).toBe('wrong-checksum');
    expect(simulator.keys()).toEqual([]);
    simulator.fault({ kind: 'corrupt', stored: true, on: 'complete' });
    expect(await fault(putLarge())).toBe('wrong-checksum');
    expect(simulator.keys()).toEqual([]);
  });

  it('that answers with a web page is told', async () => {
    for (const on of ['form', 'stat', 'list', 'init'] as const) simulator.fault({ kind: 'page', on });
    expect(await fault(put())).toBe('unavailable');
    expect(await fault(store.stat(KEY))).toBe('unavailable');
    expect(await fault(store.list())).toBe('unavailable');
    expect(await fault(putLarge())).toBe('unavailable');
  });

  it('has a copy made once, even if the answer is lost', async () => {
    await put();
    simulator.fault({ kind: 'cut', when: 'after', on: 'copy' });
    await store.copy(KEY, 'b/copy.png');
    expect(await fault(store.copy(KEY, 'b/copy.png'))).toBe('exists');
    simulator.fault({ kind: 'cut', when: 'after', on: 'delete' });
    await store.delete('b/copy.png');
    expect(simulator.keys()).toEqual([KEY]);
  });

  it('in the middle of a download ends the stream with a fault, and not early', async () => {
    await put();
    simulator.fault({ kind: 'half', on: 'download' });
    const { stream } = await store.getStream(KEY);
    expect(await fault(buffer(stream))).toBe('unavailable');
    for (const broken of [{ kind: 'cut', when: 'before' } as const, { kind: 'status', status: 503 } as const])
      simulator.fault({ ...broken, on: 'download' });
    expect((await buffer((await store.getStream(KEY)).stream)).equals(PNG)).toBe(true);
    simulator.fault({ kind: 'status', status: 401, on: 'download' });
    expect(await fault(store.getStream(KEY))).toBe('denied');
  });
});

describe('a slow store', () => {
  it('is waited for, but not for ever', async () => {
    const hasty = qiniuDriver(simulator, { limits: { callMs: 200, transferMs: 300, stallMs: 5_000 } });
    simulator.fault({ kind: 'slow', ms: 50 });
    expect(await hasty.stat(KEY)).toBeUndefined();
    simulator.fault({ kind: 'hang', times: 9 });
    const start = Date.now();
    expect(await fault(hasty.stat(KEY))).toBe('unavailable');
    expect(await fault(hasty.put(KEY, PNG, BINARY))).toBe('unavailable');
    expect(await fault(hasty.getStream(KEY))).toBe('unavailable');
    expect(Date.now() - start).toBeLessThan(2_000);
    await hasty.close();
  });

  it('that hangs once is asked again', async () => {
    const patient = qiniuDriver(simulator, { limits: { stallMs: 100 } });
    simulator.fault({ kind: 'hang', on: 'form' });
    await patient.put(KEY, PNG, BINARY);
    expect(simulator.calls('form')).toHaveLength(2);
    await patient.close();
  });

  it('leaves whoever gives up at once, and keeps nothing', async () => {
    const abort = new AbortController();
    simulator.fault({ kind: 'hang', on: 'part' });
    const call = store.put(KEY, randomBytes(5 * MIB), { ...BINARY, signal: abort.signal });
    await eventually('begun upload', () => simulator.parts.open.length === 1);
    setTimeout(() => abort.abort(), 50);
    expect(await fault(call)).toBe('aborted');
    expect(simulator.parts.open).toEqual([]);
    expect(simulator.keys()).toEqual([]);
  });
});

describe('the hosts', () => {
  const lookedUp = { uploadUrl: undefined, rsUrl: undefined, rsfUrl: undefined };

  it('are asked for once, whoever wants to know, and again when the answer is old', async () => {
    store = qiniuDriver(simulator, lookedUp, clock);
    await Promise.all([store.stat(KEY), store.put(KEY, PNG, BINARY), store.createUploadTicket(request)]);
    await store.list();
    expect(simulator.calls('query')).toHaveLength(1);
    expect(store.origins()).toEqual([simulator.url, simulator.domain()]);
    const start = Date.now();
    clock.now = () => start + 86_401_000;
    simulator.fault({ kind: 'status', status: 503, on: 'query' });
    // Nobody waits for the new answer, and while nobody tells, the old one is used.
    await store.createUploadTicket(request);
    await eventually('question', () => simulator.calls('query').length === 2);
    await store.stat(KEY);
    await eventually('other question', () => simulator.calls('query').length === 3);
  });

  it('are asked for again after a call to a wrong region', async () => {
    store = qiniuDriver(simulator, lookedUp, clock);
    simulator.fault({ kind: 'wrong-region', on: 'form' });
    expect(await fault(store.put(KEY, PNG, BINARY))).toBe('misconfigured');
    await store.put(KEY, PNG, BINARY);
    expect(simulator.calls('query')).toHaveLength(2);
  });

  it('of a bucket that is not there are told of as a setting that is wrong', async () => {
    const wrong = qiniuDriver(simulator, { ...lookedUp, bucket: 'none', domain: simulator.domain() });
    expect(await fault(wrong.stat(KEY))).toBe('misconfigured');
    expect(await wrong.checkup()).toMatchObject([{ subject: 'region', verdict: 'fail' }, {}, {}]);
    await wrong.close();
  });

  it('are looked over: region, domain, callback', async () => {
    const checked = qiniuDriver(simulator, { region: 'z1', callbackUrl: 'http://api.example.com/hook' });
    expect(await checked.checkup()).toEqual([
      expect.objectContaining({ verdict: 'fail', remedy: expect.stringContaining('QINIU_REGION to z0') }),
      expect.objectContaining({ verdict: 'ok' }),
      expect.objectContaining({ verdict: 'warn' }),
    ]);
    await checked.close();
  });
});

describe('a clock that is wrong', () => {
  it('is told of as denied', async () => {
    const late = qiniuDriver(simulator, {}, { now: () => Date.now() - 16 * 60_000 });
    expect(await fault(late.stat(KEY))).toBe('denied');
    await late.close();
  });
});
