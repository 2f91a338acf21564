import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { Erasures } from '../src/auth/account/erasures';
import { SecurityAudit } from '../src/auth/account/security-audit';
import { UploadSweeper } from '../src/storage/uploads/upload-sweeper';
import { UploadsService } from '../src/storage/uploads/uploads.service';
import { costOf } from './support/cost';
import { newPhone, type SignedIn } from './support/journey';
import { picture } from './support/pictures';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { Steps } from './support/steps';
import { sendWith, type Ticket } from './support/uploads-host';

const PICTURES = ['512.jpg', '256.webp', '512.webp', '64.webp'].sort();

let app: RunningApp;
let steps: Steps;

beforeAll(async () => {
  app = await startApp({ ...WIDE });
  steps = new Steps(app);
});
afterAll(() => app.stop());

const as = (who: SignedIn) => ({
  post: (path: string, body: object = {}) => steps.as(who, app.api.post(`/v1${path}`)).send(body),
  get: (path: string) => steps.as(who, app.api.get(`/v1${path}`)),
  removeAvatar: () => steps.as(who, app.api.delete('/v1/users/me/avatar')),
});
const show = (who: SignedIn, uploadId: string) => steps.put(who, 'avatar', { uploadId });

/** A picture on its way: uploaded with a ticket, by code that knows no store. */
async function uploaded(who: SignedIn, bytes: Buffer): Promise<string> {
  const wanted = { purpose: 'avatar', contentType: 'image/png', contentLength: bytes.length };
  const ticket = (await as(who).post('/uploads', wanted).expect(201)).body as Ticket;
  const answer = await sendWith(ticket, bytes, 'image/png');
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return ticket.uploadId;
}

async function ready(who: SignedIn): Promise<string> {
  const uploadId = await uploaded(who, await picture('png'));
  const { body } = await as(who).post(`/uploads/${uploadId}/complete`).expect(200);
  expect(body.status).toBe('ready');
  return uploadId;
}

/** Names of what the store has of an upload, once everything that has to go is gone. */
async function objectsOf(uploadId: string): Promise<string[]> {
  await app.app.get(UploadSweeper, { strict: false }).sweep();
  const folder = join(app.cluster.dataDir!, 'storage', 'objects');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.parentPath.includes(uploadId))
    .map(({ name }) => name.slice(0, -1))
    .sort();
}

/** As the sweeper of any instance does. */
const expireUnused = (uploadId: string) =>
  app.app.get(UploadsService, { strict: false }).expireUnused(uploadId);

const fetched = async (url: string) => {
  const answer = await fetch(url);
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
};

describe('an avatar', () => {
  it('is uploaded, shown, and seen wherever the user is', async () => {
    const who = await steps.register();
    expect((await steps.me(who)).body.avatarUrl).toBeNull();
    const uploadId = await ready(who);
    const { body } = await show(who, uploadId).expect(200);
    expect(body).toMatchObject({ id: who.userId, phone: expect.stringContaining('****') });
    expect((await as(who).get(`/uploads/${uploadId}`).expect(200)).body.status).toBe('used');

    const profile = await steps.me(who).expect(200);
    const refreshed = await steps.refresh(who).expect(200);
    const proof = await steps.proven(who.phone);
    const loggedIn = await app.api
      .post('/v1/sessions')
      .send({ grant: 'code', ...proof })
      .expect(201);
    for (const { avatarUrl } of [body, profile.body, refreshed.body.user, loggedIn.body.user]) {
      expect(avatarUrl).toContain(uploadId);
      const { status, bytes } = await fetched(avatarUrl as string);
      expect(status).toBe(200);
      expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 512, height: 512 });
    }
    expect(await objectsOf(uploadId)).toEqual(PICTURES);
  });

  it('costs the profile no statement', async () => {
    const who = await steps.register();
    await show(who, await ready(who)).expect(200);
    const { sql } = await costOf(app, () => steps.me(who).expect(200));
    expect(sql).toEqual(['users.profile']);
  });

  it('stays when it is set once more', async () => {
    const who = await steps.register();
    const uploadId = await ready(who);
    await show(who, uploadId).expect(200);
    expect((await show(who, uploadId.toUpperCase()).expect(200)).body.avatarUrl).toContain(uploadId);
    expect(await objectsOf(uploadId)).toEqual(PICTURES);
  });

  it('is deleted when another one takes its place, and does not come back', async () => {
    const who = await steps.register();
    const [first, second] = [await ready(who), await ready(who)];
    const { avatarUrl } = (await show(who, first).expect(200)).body;
    await show(who, second).expect(200);
    expect(await objectsOf(first)).toEqual([]);
    expect(await objectsOf(second)).toEqual(PICTURES);
    expect((await fetched(avatarUrl as string)).status).toBe(404);
    expect((await show(who, first).expect(409)).body.code).toBe('UPLOAD_USED');
  });

  it('is one, when several are set at once; the others are deleted', async () => {
    const who = await steps.register();
    const uploads = [await ready(who), await ready(who), await ready(who)];
    await Promise.all(uploads.map((uploadId) => show(who, uploadId).expect(200)));
    const { avatarUrl } = (await steps.me(who).expect(200)).body;
    for (const uploadId of uploads) {
      const isShown = (avatarUrl as string).includes(uploadId);
      expect(await objectsOf(uploadId)).toEqual(isShown ? PICTURES : []);
    }
  });

  it('is whole or gone, whatever happens to it at once', async () => {
    const who = await steps.newcomer();
    const uploads: string[] = [];
    for (let made = 0; made < 4; made += 1) uploads.push(await ready(who));
    const [one, two, three, four] = uploads;
    const answers = await Promise.all([
      show(who, one),
      expireUnused(two),
      show(who, two),
      as(who).removeAvatar(),
      show(who, three),
      expireUnused(three),
      app.app.get(UploadSweeper, { strict: false }).sweep(),
      as(who).post(`/uploads/${four}/complete`),
      show(who, four),
      show(who, one),
      as(who).removeAvatar(),
      show(who, two),
    ]);
    for (const answer of answers) if (answer) expect([200, 204, 409]).toContain(answer.status);
    const { avatarUrl } = (await steps.me(who).expect(200)).body;
    for (const uploadId of uploads) {
      const { status } = (await as(who).get(`/uploads/${uploadId}`).expect(200)).body;
      const isShown = String(avatarUrl).includes(uploadId);
      expect(status === 'used').toBe(isShown);
      expect(await objectsOf(uploadId)).toEqual(isShown || status === 'ready' ? PICTURES : []);
    }
    const last = await ready(who);
    const [shown] = await Promise.all([
      show(who, last),
      steps.as(who, app.api.delete('/v1/users/me')).expect(202),
    ]);
    expect([200, 401]).toContain(shown.status);
    await app.dataSource.query('UPDATE users SET erase_at = now() WHERE id = $1', [who.userId]);
    await Promise.all([
      app.app.get(Erasures, { strict: false }).eraseDue(),
      ...[...uploads, last].map((uploadId) => expireUnused(uploadId)),
    ]);
    for (const uploadId of [...uploads, last]) expect(await objectsOf(uploadId)).toEqual([]);
  });

  it('is taken away, more than once', async () => {
    const who = await steps.register();
    const uploadId = await ready(who);
    await show(who, uploadId).expect(200);
    await as(who).removeAvatar().expect(204);
    await as(who).removeAvatar().expect(204);
    expect((await steps.me(who).expect(200)).body.avatarUrl).toBeNull();
    expect(await objectsOf(uploadId)).toEqual([]);
  });

  it('is no upload of somebody else, and none that nobody knows', async () => {
    const [who, other] = [await steps.register(), await steps.register()];
    const uploadId = await ready(other);
    const foreign = (await show(who, uploadId).expect(404)).body;
    const unknown = (await show(who, '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10').expect(404)).body;
    expect(foreign.code).toBe('NOT_FOUND');
    const same = { requestId: '', instance: '' };
    expect({ ...foreign, ...same }).toEqual({ ...unknown, ...same });
    await show(other, uploadId).expect(200);
    expect((await show(who, uploadId).expect(404)).body.code).toBe('NOT_FOUND');
  });

  it('is no upload that was not judged, nor one that was refused', async () => {
    const who = await steps.register();
    const uploadId = await uploaded(who, await picture('png'));
    expect((await show(who, uploadId).expect(409)).body.code).toBe('UPLOAD_NOT_READY');
    const bad = await uploaded(who, Buffer.from('<svg onload="alert(1)"/>'));
    expect((await as(who).post(`/uploads/${bad}/complete`).expect(422)).body.code).toBe('CONTENT_REJECTED');
    expect((await show(who, bad).expect(422)).body.code).toBe('CONTENT_REJECTED');
    expect((await steps.me(who).expect(200)).body.avatarUrl).toBeNull();
  });

  it('may come as a form, and a repetition of that changes nothing', async () => {
    const who = await steps.register();
    const send = (bytes: Buffer) =>
      steps
        .as(who, app.api.post('/v1/uploads/form'))
        .set('Idempotency-Key', 'the-first-picture')
        .attach('file', bytes, { filename: 'me.png', contentType: 'image/png' });
    const bytes = await picture('png', 100, 100);
    const first = await send(bytes).expect(201);
    const again = await send(bytes).expect(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(first.body);
    expect((await send(await picture('png', 640, 480))).status).toBe(422);
    const rows = await app.dataSource.query<object[]>('SELECT 1 FROM uploads WHERE owner_id = $1', [
      who.userId,
    ]);
    expect(rows).toHaveLength(1);
    await show(who, first.body.uploadId as string).expect(200);
  });

  it('is asked for with one key until it is there', async () => {
    const who = await steps.register();
    const bytes = await picture('png');
    const wanted = { purpose: 'avatar', contentType: 'image/png', contentLength: bytes.length };
    const ticket = (await as(who).post('/uploads', wanted).expect(201)).body as Ticket;
    const complete = () =>
      as(who).post(`/uploads/${ticket.uploadId}/complete`).set('Idempotency-Key', 'complete-it');
    const showIt = () => show(who, ticket.uploadId).set('Idempotency-Key', 'show-it');
    expect((await complete().expect(409)).body.code).toBe('UPLOAD_MISSING');
    expect((await showIt().expect(409)).body.code).toBe('UPLOAD_NOT_READY');
    await sendWith(ticket, bytes, 'image/png');
    expect((await complete().expect(200)).body.status).toBe('ready');
    expect((await showIt().expect(200)).body.avatarUrl).toContain(ticket.uploadId);
  });

  it.each([{}, { uploadId: 'none' }, { uploadId: null }, { uploadId: 7 }])('is not %j', async (body) => {
    const who = await steps.register();
    const { errors } = (await steps.put(who, 'avatar', body).expect(422)).body;
    expect(errors).toMatchObject([{ pointer: '#/uploadId' }]);
  });

  it('is changed by its owner alone', async () => {
    await steps.put(undefined, 'avatar', { uploadId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10' }).expect(401);
    await app.api.delete('/v1/users/me/avatar').expect(401);
  });

  it('is in the export, as all uploads are', async () => {
    const who = await steps.register();
    const uploadId = await ready(who);
    await show(who, uploadId).expect(200);
    await uploaded(who, await picture('png'));
    const { body } = await as(who).get('/users/me/export').expect(200);
    expect(body.profile.avatarUrl).toContain(uploadId);
    expect(body.uploads).toMatchObject([
      { purpose: 'avatar', contentType: 'image/png', state: 'pending' },
      { purpose: 'avatar', contentType: 'image/png', state: 'used', size: expect.any(Number) },
    ]);
  });
});

describe('the uploads of an account that is deleted', () => {
  it('stay as long as it can come back, and are gone once it is erased', async () => {
    const who = await steps.newcomer();
    const [shown, unused] = [await ready(who), await ready(who)];
    await show(who, shown).expect(200);
    await steps.as(who, app.api.delete('/v1/users/me')).expect(202);
    expect(await objectsOf(shown)).toEqual(PICTURES);

    await app.dataSource.query('UPDATE users SET erase_at = now() WHERE id = $1', [who.userId]);
    await app.app.get(Erasures, { strict: false }).eraseDue();
    expect(await objectsOf(shown)).toEqual([]);
    expect(await objectsOf(unused)).toEqual([]);
    const left = await app.dataSource.query<object[]>('SELECT 1 FROM uploads WHERE owner_id = $1', [
      who.userId,
    ]);
    expect(left).toEqual([]);
    const [user] = await app.dataSource.query<object[]>('SELECT * FROM users WHERE id = $1', [who.userId]);
    expect(user).toMatchObject({ avatar_upload_id: null, avatar_store: null });
  });

  it('stay where its erasure broke off, and go with the next one', async () => {
    const who = await steps.newcomer();
    const uploadId = await ready(who);
    await show(who, uploadId).expect(200);
    await steps.as(who, app.api.delete('/v1/users/me')).expect(202);
    await app.dataSource.query('UPDATE users SET erase_at = now() WHERE id = $1', [who.userId]);
    const record = jest
      .spyOn(app.app.get(SecurityAudit, { strict: false }), 'record')
      .mockRejectedValue(new Error('broken off'));
    await app.app.get(Erasures, { strict: false }).eraseDue();
    record.mockRestore();
    expect(await objectsOf(uploadId)).toEqual(PICTURES);
    await app.app.get(Erasures, { strict: false }).eraseDue();
    // Whoever told of it may be gone by now: what has to be deleted is written down.
    const due = 'SELECT 1 FROM object_deletions WHERE key LIKE $1 AND due_at <= now()';
    expect(await app.dataSource.query<object[]>(due, [`%${uploadId}/512.webp`])).toHaveLength(1);
    expect(await objectsOf(uploadId)).toEqual([]);
  });

  it('come back with an account that an operator restores', async () => {
    const operator = newPhone();
    const here = await startApp({ ...WIDE, ADMIN_PHONES: operator }, app.cluster);
    try {
      const admin = await new Steps(here).register(operator);
      const who = await steps.newcomer();
      const uploadId = await ready(who);
      await show(who, uploadId).expect(200);
      await steps.as(who, app.api.delete('/v1/users/me')).expect(202);
      const restoring = here.api.patch(`/v1/admin/users/${who.userId}`).send({ status: 'active' });
      await steps.as(admin, restoring).expect(200);
      const found = await steps.as(admin, here.api.get(`/v1/admin/users/${who.userId}`)).expect(200);
      expect(found.body.avatarUrl).toContain(uploadId);
      const back = await steps.logIn(who.phone);
      expect((await steps.me(back).expect(200)).body.avatarUrl).toContain(uploadId);
    } finally {
      await here.stop();
    }
  });
});

describe('a production service that names no store', () => {
  it('takes no uploads, and says so', async () => {
    const here = await startApp(
      {
        NODE_ENV: 'production',
        DATABASE_URL: app.cluster.database.url,
        REDIS_URL: process.env.REDIS_URL!,
        SECRET_KEY: randomBytes(32).toString('base64'),
        SMS_PROVIDERS: 'luosimao',
        LUOSIMAO_API_KEY: 'a1b2c3d4e5f6',
        LUOSIMAO_SIGNATURE: '示例公司',
      },
      app.cluster,
    );
    try {
      const who = await steps.register();
      await show(who, await ready(who)).expect(200);
      const there = new Steps(here);
      expect((await there.me(who).expect(200)).body.avatarUrl).toBeNull();
      await there.put(who, 'avatar', { uploadId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10' }).expect(404);

      const leaver = await steps.newcomer();
      const [shown, unused] = [await ready(leaver), await ready(leaver)];
      await show(leaver, shown).expect(200);
      await there.as(leaver, here.api.delete('/v1/users/me')).expect(202);
      await app.dataSource.query('UPDATE users SET erase_at = now() WHERE id = $1', [leaver.userId]);
      await here.app.get(Erasures, { strict: false }).eraseDue();
      // Nobody there knows of objects. They go where the store is configured, as if nobody used them.
      const sweeper = app.app.get(UploadSweeper, { strict: false });
      await sweeper.sweep();
      expect(await objectsOf(shown)).toEqual([]);
      expect(await objectsOf(unused)).toEqual(PICTURES);
      await app.dataSource.query('UPDATE uploads SET look_at = now() WHERE id = $1', [unused]);
      await sweeper.sweep();
      expect(await objectsOf(unused)).toEqual([]);
      const wanted = { purpose: 'avatar', contentType: 'image/png', contentLength: 1_000 };
      await there.as(who, here.api.post('/v1/uploads')).send(wanted).expect(404);
      expect((await here.api.get('/v1/policies').expect(200)).body.upload).toBeNull();
      expect((await app.api.get('/v1/policies').expect(200)).body.upload).toEqual({
        avatarMaxBytes: 5 * 1024 * 1024,
        avatarMaxPixels: 50_000_000,
        avatarTypes: ['image/jpeg', 'image/png', 'image/webp'],
        perDay: 100,
        open: 10,
        ticketTtl: 600,
        unusedTtl: 86_400,
        signedUrlTtl: 3_600,
        retention: 7 * 86_400,
      });
    } finally {
      await here.stop();
    }
  });
});

describe('a service without the store', () => {
  it('that a picture is in shows none, and lets its users log in', async () => {
    const who = await steps.register();
    await show(who, await ready(who)).expect(200);
    const elsewhere = {
      STORAGE_PROVIDER: 's3',
      S3_REGION: 'us-east-1',
      S3_BUCKET: 'avatars',
      S3_ENDPOINT: 'http://127.0.0.1:1',
      S3_ACCESS_KEY_ID: 'test-key-id',
      S3_SECRET_ACCESS_KEY: 'test-secret-key',
    };
    const here = await startApp({ ...WIDE, ...elsewhere }, app.cluster);
    try {
      const there = new Steps(here);
      expect((await there.refresh(who).expect(200)).body.user.avatarUrl).toBeNull();
      expect((await there.me(who).expect(200)).body.avatarUrl).toBeNull();
    } finally {
      await here.stop();
    }
  });
});
