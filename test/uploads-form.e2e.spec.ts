import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { type ClientRequest, request as send, type Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { StorageError } from '../src/storage/storage.error';
import { eventually } from './support/eventually';
import { largePicture, picture } from './support/pictures';
import {
  newCluster,
  type Platform,
  startUploadsHost,
  Uploader,
  type UploadsHost,
} from './support/uploads-host';

const BOUNDARY = 'gatecode-boundary';
/** More than all buffers between two sockets. */
const MOST_SENT = 40_000_000;

function partOf(name: string, filename?: string, value?: string): Buffer {
  const file = filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: image/png`;
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
  return Buffer.from(head + (value === undefined ? '' : `${value}\r\n`));
}

/** Sends for as long as it is let. */
async function flood(url: string, body: Buffer): Promise<{ taken: number; answer: string }> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const told = (event: string) => new Promise((resolve) => socket.once(event, resolve));
  const closed = told('close');
  let answer = '';
  socket.on('error', () => undefined).on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: multipart/form-data; boundary=${BOUNDARY}\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  let taken = 0;
  while (taken < body.length && !socket.destroyed) {
    const part = body.subarray(taken, taken + 65_536);
    const isFull = !socket.write(part, () => (taken += part.length));
    await (isFull ? Promise.race([told('drain'), closed]) : new Promise(setImmediate));
  }
  await closed;
  return { taken, answer };
}

describe.each(['express', 'fastify'] as const)('A file in a form, on %s,', (platform: Platform) => {
  let host: UploadsHost;
  let user: Uploader;
  /** 3 MB: larger than what is kept in memory. */
  let large: Buffer;

  beforeAll(async () => {
    host = await startUploadsHost({ platform });
    large = await largePicture(3_000_000);
  });
  beforeEach(() => {
    user = new Uploader(host);
    host.store.reset();
  });
  afterEach(async () => {
    await eventually('empty folder', async () => (await host.temporaryFiles()).length === 0);
  });
  afterAll(() => host.stop());

  const form = () => user.post('/uploads/form');
  const objectsOf = async (uploadId: string) =>
    (await host.objects()).filter((key) => key.includes(uploadId)).map((key) => key.split('/').at(-1));
  const ofUser = (): Promise<{ id: string; state: string; reason: string | null; received: string }[]> =>
    host.dataSource.query('SELECT id, state, reason, received FROM uploads WHERE owner_id = $1', [user.id]);

  /** A form whose bytes are sent by hand. */
  const begin = (length: number, fields: Readonly<Record<string, string>> = {}) => {
    const parts = Object.entries(fields).map(
      ([name, value]) =>
        `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const head = `${parts.join('')}--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n`;
    const tail = `\r\n--${BOUNDARY}--\r\n`;
    const call = send(`${host.url}/v1/uploads/form`, {
      method: 'POST',
      headers: {
        authorization: user.authorization,
        'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
        'content-length': Buffer.byteLength(head) + length + tail.length,
      },
    });
    call.on('error', () => undefined);
    call.write(head);
    return { call, end: () => call.end(tail) };
  };
  const answerTo = (call: ClientRequest) =>
    new Promise<{ status: number; body: Record<string, unknown> }>((resolve, reject) => {
      call.once('error', reject).once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> }),
        );
      });
    });

  /** A body as it is, in chunks, so that nobody knows how long it will be. */
  const raw = (body: Buffer) => {
    const type = `multipart/form-data; boundary=${BOUNDARY}`;
    const headers = { authorization: user.authorization, 'content-type': type };
    const call = send(`${host.url}/v1/uploads/form`, { method: 'POST', headers });
    const answer = answerTo(call);
    call.write(body.subarray(0, 1_000));
    call.end(body.subarray(1_000));
    return answer;
  };

  it('is answered as a completed upload', async () => {
    const bytes = await picture('jpeg');
    const { body } = await form()
      .attach('file', bytes, { filename: 'me.jpg', contentType: 'image/jpeg' })
      .expect(201);
    expect(body).toMatchObject({ status: 'ready', contentType: 'image/jpeg', size: bytes.length });
    expect(body.variants).toHaveLength(4);
    expect(await objectsOf(body.uploadId)).toEqual(['256.webp', '512.jpg', '512.webp', '64.webp']);
    expect((await user.get(`/uploads/${body.uploadId}`)).body.status).toBe('ready');
  });

  it('may say what it is for, and need not say its type', async () => {
    const { body } = await form()
      .field('purpose', 'avatar')
      .attach('file', await picture('webp'), { filename: 'blob', contentType: 'application/octet-stream' })
      .expect(201);
    expect(body).toMatchObject({ status: 'ready', contentType: 'image/webp' });
  });

  it('goes through a temporary file when it is large, and can be watched', async () => {
    const { uploadId } = await user.ticket(large.length);
    const { call, end } = begin(large.length, { uploadId });
    const answer = answerTo(call);
    call.write(large.subarray(0, 1_000_000));
    await eventually('progress', async () => {
      const { body } = await user.get(`/uploads/${uploadId}`);
      return body.receivedBytes > 0 && body.receivedBytes <= 1_000_000 && body.status === 'pending';
    });
    expect(await host.temporaryFiles()).toEqual([]);
    call.write(large.subarray(1_000_000, 2_900_000));
    await eventually('temporary file', async () => (await host.temporaryFiles()).length === 1);
    call.write(large.subarray(2_900_000));
    end();
    const { status, body } = await answer;
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { status: 'ready', size: large.length, receivedBytes: large.length, uploadId },
    });
  });

  it('that breaks off leaves nothing, and does not count as open', async () => {
    for (const sent of [1_000, 2_700_000]) {
      const { call } = begin(large.length);
      call.write(large.subarray(0, sent));
      await eventually('upload', async () => (await ofUser()).some(({ state }) => state === 'pending'));
      if (sent > 2_500_000)
        await eventually('temporary file', async () => (await host.temporaryFiles()).length === 1);
      call.destroy();
      await eventually('end', async () => (await ofUser()).every(({ state }) => state === 'expired'));
      await eventually('empty folder', async () => (await host.temporaryFiles()).length === 0);
    }
    for (const { id } of await ofUser()) expect(await objectsOf(id)).toEqual([]);
  });

  it('that breaks off can be sent again for the same upload', async () => {
    const { uploadId } = await user.ticket(large.length);
    const { call } = begin(large.length, { uploadId });
    call.write(large.subarray(0, 500_000));
    await eventually('progress', async () => Number((await ofUser())[0].received) > 0);
    call.destroy();
    await eventually('reset', async () => Number((await ofUser())[0].received) === 0);
    const { body } = await form().field('uploadId', uploadId).attach('file', large, 'a.png').expect(201);
    expect(body).toMatchObject({ uploadId, status: 'ready' });
  });

  it('is refused when it is too large, by what it says or by what it is', async () => {
    const huge = randomBytes(5 * 1024 * 1024 + 1);
    expect((await form().attach('file', huge, 'a.png').expect(413)).body.code).toBe('UPLOAD_TOO_LARGE');
    const evenLarger = randomBytes(6 * 1024 * 1024);
    expect((await form().attach('file', evenLarger, 'a.png').expect(413)).body.code).toBe('UPLOAD_TOO_LARGE');
    const { uploadId } = await user.ticket(1_000);
    const { body } = await form()
      .field('uploadId', uploadId)
      .attach('file', await picture(), 'a.png')
      .expect(413);
    expect(body.code).toBe('UPLOAD_TOO_LARGE');
    expect((await ofUser()).map(({ state }) => state).sort()).toEqual(['expired', 'pending']);
  });

  it('is refused for its type with 415, and for its content with 422', async () => {
    const attach = (bytes: Buffer, filename: string, contentType: string) =>
      form().attach('file', bytes, { filename, contentType });
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
    for (const type of ['image/svg+xml', 'text/html', 'image/gif', 'application/octet-stream'])
      expect((await attach(svg, 'a.png', type).expect(415)).body.code).toBe('UPLOAD_TYPE_REFUSED');
    expect(await ofUser()).toEqual([]);
    const { body } = await attach(Buffer.from('<?php system("id");'), 'a.png', 'image/png').expect(422);
    expect(body.code).toBe('CONTENT_REJECTED');
    const [{ id, state }] = await ofUser();
    expect(state).toBe('rejected');
    expect(await objectsOf(id)).toEqual([]);
  });

  it('is refused when the form is none', async () => {
    expect((await form().send({ file: 'x' }).expect(415)).body.code).toBe('UNSUPPORTED_MEDIA_TYPE');
    const multipart = { 'content-type': 'multipart/form-data; charset=utf-8' };
    expect((await form().set(multipart).send('x').expect(400)).body.code).toBe('MALFORMED_FORM');
    expect((await form().field('purpose', 'avatar').expect(422)).body.code).toBe('VALIDATION_FAILED');
    const bytes = await picture();
    await form().attach('other', bytes, 'a.png').expect(422);
    await form().attach('file', bytes, 'a.png').field('purpose', 'avatar').expect(422);
    await form().attach('file', bytes, 'a.png').attach('file', bytes, 'b.png').expect(422);
    await form().field('purpose', 'logo').attach('file', bytes, 'a.png').expect(422);
    expect((await form().attach('file', Buffer.alloc(0), 'a.png').expect(422)).body.code).toBe(
      'UPLOAD_TOO_SMALL',
    );
    const open = (await ofUser()).filter(({ state }) => state === 'pending');
    expect(open).toEqual([]);
  });

  it('is refused when its form has more around it than forms have', async () => {
    const bytes = await picture('png', 64, 64);
    const named = (name: string, count = 1) => {
      let call = form();
      for (let made = 0; made < count; made += 1) call = call.field(name, 'x');
      return call.attach('file', bytes, 'a.png');
    };
    await named('x'.repeat(10_000)).expect(422);
    await named('purpose', 2).expect(422);
    await named('other', 1_000).expect(422);
    expect((await form().field('purpose', 'x'.repeat(20_000)).attach('file', bytes, 'a.png')).status).toBe(
      422,
    );
    expect((await raw(Buffer.alloc(300_000, 'x'))).body.code).toBe('MALFORMED_FORM');
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n`;
    const endless = Buffer.concat([Buffer.from(head), Buffer.alloc(300_000, 'x: y\r\n')]);
    expect((await raw(endless)).status).toBe(400);
    const whole = [head, 'Content-Type: image/png\r\n\r\n', bytes, `\r\n--${BOUNDARY}--\r\n`].map((part) =>
      Buffer.from(part),
    );
    expect((await raw(Buffer.concat(whole))).status).toBe(201);
    const followed = Buffer.concat([...whole, Buffer.alloc(300_000, 'x')]);
    expect((await raw(followed)).body.code).toBe('MALFORMED_FORM');
    const cut = Buffer.concat(whole).subarray(0, -10);
    expect((await raw(cut)).body.code).toBe('MALFORMED_FORM');
    const otherBoundary = Buffer.from(
      Buffer.concat(whole).toString('latin1').replaceAll('gatecode', 'getacode'),
      'latin1',
    );
    expect((await raw(otherBoundary)).status).toBeGreaterThanOrEqual(400);
    const open = (await ofUser()).filter(({ state }) => state === 'pending');
    expect(open).toEqual([]);
  });

  it('that stalls is given up, and leaves nothing', async () => {
    const server = host.app.getHttpServer() as Server;
    const { headersTimeout, requestTimeout } = server;
    const { call } = begin(large.length);
    const answer = answerTo(call);
    call.write(large.subarray(0, 2_700_000));
    await eventually('temporary file', async () => (await host.temporaryFiles()).length === 1);
    // As if a minute had passed. Node takes the longer one of them for the body.
    Object.assign(server, { headersTimeout: 1, requestTimeout: 2 });
    try {
      expect(await answer).toMatchObject({ status: 408, body: { code: 'REQUEST_TIMEOUT' } });
    } finally {
      Object.assign(server, { headersTimeout, requestTimeout });
    }
    await eventually('end', async () => (await ofUser()).every(({ state }) => state === 'expired'));
  });

  it('without a ticket is refused by the store on the local disk before it has come', async () => {
    const garbage = [
      Buffer.alloc(MOST_SENT, 'x'),
      Buffer.concat([partOf('file', 'a.png'), Buffer.alloc(MOST_SENT, 'x')]),
      Buffer.concat([
        partOf('key', undefined, 'avatar/00/none/raw.png'),
        partOf('Content-Type', undefined, 'image/png'),
        partOf('ticket', undefined, `${'x'.repeat(40)}.${'x'.repeat(43)}`),
        partOf('file', 'a.png'),
        Buffer.alloc(MOST_SENT, 'x'),
      ]),
    ];
    for (const body of garbage) {
      const { taken, answer } = await flood(`${host.url}/v1/storage/local`, body);
      expect(taken).toBeLessThan(MOST_SENT / 2);
      // Who does not listen while it sends may lose the answer.
      expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
    }
    expect(await readdir(join(host.cluster.folder, 'store', 'incoming'))).toEqual([]);
  });

  it('is taken for an upload of its own user only, and once', async () => {
    const bytes = await picture();
    const stranger = new Uploader(host);
    const { uploadId } = await stranger.ticket(bytes.length);
    for (const id of [uploadId, randomUUID(), 'nonsense']) {
      const { body } = await form().field('uploadId', id).attach('file', bytes, 'a.png').expect(404);
      expect(body.code).toBe('NOT_FOUND');
    }
    const own = await user.uploaded(bytes);
    await user.complete(own).expect(200);
    const { body } = await form().field('uploadId', own).attach('file', bytes, 'a.png').expect(409);
    expect(body.code).toBe('UPLOAD_TICKET_USED');
  });

  it('is answered with 503 when the store is gone, and can be sent again', async () => {
    host.store.before = () => {
      throw new StorageError('unavailable', 'as told');
    };
    const bytes = await picture();
    const { body } = await form().attach('file', bytes, 'a.png').expect(503);
    expect(body.code).toBe('STORAGE_UNAVAILABLE');
    expect((await ofUser()).map(({ state }) => state)).toEqual(['expired']);
    host.store.before = undefined;
    await form().attach('file', bytes, 'a.png').expect(201);
    if (platform === 'fastify') return;
    // One that says nothing is not waited for either.
    const before = performance.now();
    host.store.before = () => new Promise(() => undefined);
    expect((await form().attach('file', bytes, 'a.png').expect(503)).body.code).toBe('STORAGE_UNAVAILABLE');
    expect(performance.now() - before).toBeLessThan(3_000);
    expect(host.failedCalls.at(-1)).toBe('put timeout');
  });

  it('is answered with 503 while a large one still comes in, when nobody takes it', async () => {
    host.store.before = () => {
      throw new StorageError('unavailable', 'as told');
    };
    const { call } = begin(large.length);
    const answer = answerTo(call);
    call.write(large.subarray(0, 2_900_000));
    const { status, body } = await answer;
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'STORAGE_UNAVAILABLE' } });
    call.destroy();
    expect((await ofUser()).map(({ state }) => state)).toEqual(['expired']);
  });
});

it('What killed processes have left in the temporary folder is gone at the next start', async () => {
  const cluster = await newCluster();
  const folder = join(cluster.folder, 'temporary');
  await mkdir(folder);
  const old = `upload-${randomUUID()}`;
  const fresh = `upload-${randomUUID()}`;
  for (const name of [old, fresh, 'of-somebody-else']) await writeFile(join(folder, name), 'x');
  const hourAgo = Date.now() / 1_000 - 3_600;
  for (const name of [old, 'of-somebody-else']) await utimes(join(folder, name), hourAgo, hourAgo);
  const host = await startUploadsHost({ cluster });
  expect((await readdir(folder)).sort()).toEqual(['of-somebody-else', fresh].sort());
  await host.stop();
  await cluster.database.drop();
  await rm(cluster.folder, { recursive: true });
});
