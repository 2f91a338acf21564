import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { photograph, picture, withComment } from './support/pictures';
import {
  type Platform,
  rawKeyOf,
  sendWith,
  startUploadsHost,
  Uploader,
  type UploadsHost,
} from './support/uploads-host';

describe.each(['express', 'fastify'] as const)('An upload, on %s,', (platform: Platform) => {
  let host: UploadsHost;
  let user: Uploader;

  beforeAll(async () => {
    host = await startUploadsHost({ platform });
  });
  beforeEach(() => {
    user = new Uploader(host);
    host.store.reset();
    host.told.length = 0;
  });
  afterAll(() => host.stop());

  const objectsOf = async (uploadId: string) =>
    (await host.objects()).filter((key) => key.includes(uploadId)).map((key) => key.split('/').at(-1));

  it('begins with a ticket, goes straight to the store, and ends as pictures', async () => {
    const bytes = await picture('png');
    const ticket = await user.ticket(bytes.length);
    expect(ticket).toMatchObject({ method: 'POST', maxBytes: bytes.length, fileField: expect.any(String) });
    expect(Object.keys(ticket).sort()).toEqual(
      ['uploadId', 'method', 'url', 'fields', 'fileField', 'headers', 'expiresAt', 'maxBytes'].sort(),
    );
    const life = Date.parse(ticket.expiresAt) - Date.now();
    expect(life).toBeGreaterThan(590_000);
    expect(life).toBeLessThanOrEqual(600_000);
    expect((await user.get(`/uploads/${ticket.uploadId}`).expect(200)).body).toEqual({
      uploadId: ticket.uploadId,
      status: 'pending',
      contentType: 'image/png',
      size: null,
    });

    expect((await sendWith(ticket, bytes, 'image/png')).ok).toBe(true);
    const { body } = await user.complete(ticket.uploadId).expect(200);
    expect(body).toMatchObject({
      uploadId: ticket.uploadId,
      status: 'ready',
      contentType: 'image/png',
      size: bytes.length,
      url: body.variants[0].url,
    });
    expect(body.variants.map(({ side, contentType }: never) => [side, contentType])).toEqual([
      [512, 'image/webp'],
      [256, 'image/webp'],
      [64, 'image/webp'],
      [512, 'image/jpeg'],
    ]);
    for (const { url, side, contentType } of body.variants) {
      const answer = await fetch(url);
      expect(answer.headers.get('content-type')).toBe(contentType);
      const { width } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
      expect(width).toBe(side);
    }
    expect(await objectsOf(ticket.uploadId)).toEqual(['256.webp', '512.jpg', '512.webp', '64.webp']);
    expect(host.told).toEqual([`upload.ready ${ticket.uploadId}`]);
    expect((await user.get(`/uploads/${ticket.uploadId}`).expect(200)).body.status).toBe('ready');
    expect((await user.complete(ticket.uploadId).expect(200)).body.status).toBe('ready');
    expect(host.told).toHaveLength(1);
  });

  it('asks no store and no Redis when it begins, and PostgreSQL once', async () => {
    await user.ticket();
    const redis = jest.spyOn(host.redis.client, 'sendCommand');
    const { Client } = jest.requireActual<typeof import('pg')>('pg');
    const sql = jest.spyOn(Client.prototype, 'query');
    host.store.reset();
    await user.ticket();
    expect(redis).not.toHaveBeenCalled();
    expect(sql.mock.calls.map(([query]) => (query as unknown as { name: string }).name)).toEqual([
      'uploads.start',
    ]);
    expect(host.store.calls).toEqual([]);
    redis.mockRestore();
    sql.mockRestore();
  });

  it('is completed once, whoever and how many ask for it', async () => {
    const uploadId = await user.uploaded(await photograph(), 'image/jpeg');
    host.store.reset();
    const answers = await Promise.all(Array.from({ length: 20 }, () => user.complete(uploadId)));
    expect(answers.map(({ status, body }) => `${status} ${body.status}`)).toEqual(
      Array.from({ length: 20 }, () => '200 ready'),
    );
    expect(host.store.calls.filter((call) => call.startsWith('put'))).toHaveLength(4);
    expect(host.told).toEqual([`upload.ready ${uploadId}`]);
  });

  it('answers 409 while nothing was uploaded', async () => {
    const { uploadId } = await user.ticket();
    const { body } = await user.complete(uploadId).expect(409);
    expect(body.code).toBe('UPLOAD_MISSING');
    expect((await user.get(`/uploads/${uploadId}`)).body.status).toBe('pending');
  });

  it.each(['get', 'complete'] as const)('of somebody else is not found: %s', async (how) => {
    const uploadId = await user.uploaded(await picture());
    const stranger = new Uploader(host);
    const ask = (id: string) => (how === 'get' ? stranger.get(`/uploads/${id}`) : stranger.complete(id));
    for (const id of [uploadId, randomUUID(), 'nonsense', '%00', '1; DROP TABLE uploads'])
      expect((await ask(encodeURIComponent(id)).expect(404)).body.code).toBe('NOT_FOUND');
    const [foreign, unknown] = await Promise.all([uploadId, randomUUID()].map((id) => ask(id)));
    for (const { body } of [foreign, unknown]) Object.assign(body, { instance: '', requestId: '' });
    expect(foreign.body).toEqual(unknown.body);
    const namesOf = ({ headers }: typeof foreign) => Object.keys(headers).sort();
    expect(namesOf(foreign)).toEqual(namesOf(unknown));
    expect((await user.get(`/uploads/${uploadId}`)).body.status).toBe('pending');
  });

  it.each([
    ['a page', '<!DOCTYPE html><script>alert(1)</script>', 'not-an-image'],
    [
      'a drawing with a script',
      '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
      'not-an-image',
    ],
    ['PHP', '<?php system("id");', 'not-an-image'],
    ['a GIF that is a script', 'GIF89a/*xxxxxxxxxx*/=1;alert(1)', 'not-an-image'],
  ])('that is %s is refused, and its object is gone', async (_, text, reason) => {
    const uploadId = await user.uploaded(Buffer.from(text));
    const { body } = await user.complete(uploadId).expect(422);
    expect(body.code).toBe('CONTENT_REJECTED');
    expect(await objectsOf(uploadId)).toEqual([]);
    expect((await user.get(`/uploads/${uploadId}`).expect(200)).body).toMatchObject({
      status: 'rejected',
      reason,
    });
    expect((await user.complete(uploadId).expect(422)).body.code).toBe('CONTENT_REJECTED');
    expect(host.told).toEqual([`upload.rejected ${uploadId}`]);
    // The rest of it was not even fetched.
    expect(host.store.calls.filter((call) => call.startsWith('getStream'))).toHaveLength(1);
    expect(await host.dataSource.query('SELECT key FROM object_deletions WHERE due_at <= now()')).toEqual([]);
  });

  it('of another type than was said is refused', async () => {
    const uploadId = await user.uploaded(await picture('jpeg'), 'image/png');
    await user.complete(uploadId).expect(422);
    expect((await user.get(`/uploads/${uploadId}`)).body.reason).toBe('wrong-type');
  });

  it('with something hidden in it is refused', async () => {
    const uploadId = await user.uploaded(withComment(await picture('jpeg'), '<?php eval(1);'), 'image/jpeg');
    await user.complete(uploadId).expect(422);
    expect((await user.get(`/uploads/${uploadId}`)).body.reason).toBe('active-content');
  });

  it('that the store should not have taken is refused all the same', async () => {
    const { uploadId } = await user.ticket(100);
    await host.store.put(await rawKeyOf(host, uploadId), await picture(), { contentType: 'image/png' });
    await user.complete(uploadId).expect(422);
    expect((await user.get(`/uploads/${uploadId}`)).body.reason).toBe('wrong-size');
    const other = await user.ticket(1_000_000);
    await host.store.put(await rawKeyOf(host, other.uploadId), await picture(), { contentType: 'text/html' });
    await user.complete(other.uploadId).expect(422);
    expect((await user.get(`/uploads/${other.uploadId}`)).body.reason).toBe('wrong-type');
  });

  it('is asked for within what is allowed', async () => {
    const wanted = { purpose: 'avatar', contentType: 'image/png', contentLength: 1_000 };
    const ask = (wishes: object) => user.post('/uploads', { ...wanted, ...wishes });
    expect((await ask({ contentLength: 5 * 1024 * 1024 + 1 }).expect(413)).body.code).toBe(
      'UPLOAD_TOO_LARGE',
    );
    await ask({ contentLength: 5 * 1024 * 1024 }).expect(201);
    for (const contentType of [
      'image/svg+xml',
      'text/html',
      'image/gif',
      'image/jpg',
      'image/png; a=b',
      '',
      '\n',
    ])
      expect((await ask({ contentType }).expect(415)).body.code).toBe('UPLOAD_TYPE_REFUSED');
    for (const wrong of [
      { purpose: 'logo' },
      { purpose: '__proto__' },
      { purpose: 7 },
      { contentLength: 0 },
      { contentLength: -1 },
      { contentLength: 1.5 },
      { contentLength: '1000' },
      { contentLength: null },
      { contentType: ['image/png'] },
      { key: 'avatar/mine.png' },
    ])
      expect((await ask(wrong).expect(422)).body.code).toBe('VALIDATION_FAILED');
    await host.api.post('/v1/uploads').send(wanted).expect(401);
    await host.api.post(`/v1/uploads/${randomUUID()}/complete`).expect(401);
    await host.api.get(`/v1/uploads/${randomUUID()}`).expect(401);
    await host.api
      .post('/v1/uploads/form')
      .attach('file', await picture(), 'a.png')
      .expect(401);
  });
});

describe('Quotas', () => {
  let host: UploadsHost;
  beforeAll(async () => {
    host = await startUploadsHost({ uploads: { quota: { open: 3, perDay: 6 }, ticketTtl: 300 } });
  });
  afterAll(() => host.stop());

  const wanted = { purpose: 'avatar', contentType: 'image/png', contentLength: 1_000 };

  it('are exact when many uploads begin at once, and each user has their own', async () => {
    const [one, other] = [new Uploader(host), new Uploader(host)];
    const answers = await Promise.all(Array.from({ length: 12 }, () => one.post('/uploads', wanted)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    for (const { body, headers } of answers.filter(({ status }) => status !== 201)) {
      expect(body).toMatchObject({ status: 429, code: 'UPLOADS_OPEN_LIMIT' });
      expect(Number(headers['retry-after'])).toBeGreaterThan(295);
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(300);
    }
    await other.post('/uploads', wanted).expect(201);
  });

  it('of what is open make room as soon as an upload is judged', async () => {
    const user = new Uploader(host);
    const first = await user.uploaded(await picture('png', 64, 64));
    await user.ticket(1_000);
    await user.ticket(1_000);
    await user.post('/uploads', wanted).expect(429);
    await user.complete(first).expect(200);
    await user.post('/uploads', wanted).expect(201);
  });

  it('of the day say honestly when there is more', async () => {
    const user = new Uploader(host);
    for (let begun = 0; begun < 6; begun += 1) {
      const { uploadId } = await user.ticket(1_000);
      await host.dataSource.query(
        `UPDATE uploads SET state = 'expired', created_at = now() - $2 * interval '1 hour' WHERE id = $1`,
        [uploadId, 20 - begun],
      );
    }
    const { body, headers } = await user.post('/uploads', wanted).expect(429);
    expect(body.code).toBe('UPLOADS_DAILY_LIMIT');
    const wait = Number(headers['retry-after']);
    expect(wait).toBeGreaterThan(4 * 3_600 - 10);
    expect(wait).toBeLessThanOrEqual(4 * 3_600);
    await host.dataSource.query(
      `UPDATE uploads SET created_at = created_at - $2 * interval '1 second' WHERE owner_id = $1`,
      [user.id, wait],
    );
    await user.post('/uploads', wanted).expect(201);
  });
});
