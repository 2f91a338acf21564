import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { UPLOADS_MIGRATIONS } from '../migrations';
import {
  LocalDriver,
  Secrets,
  StorageModule,
  StorageService,
  UploadIntents,
  UploadsModule,
  UploadsService,
} from '../src';
import { UploadSweeper } from '../src/storage/uploads/upload-sweeper';
import { picture } from './support/pictures';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database';

/** A host that has its own routes, users and limits, and takes the services alone: no Redis, no tokens, no globals. */
describe('A host that takes UploadsModule without its routes', () => {
  let database: ScratchDatabase;
  let folder: string;
  let host: INestApplicationContext;
  let uploads: UploadsService;
  let dataSource: DataSource;
  let bytes: Buffer;

  beforeAll(async () => {
    database = await createScratchDatabase({ empty: true });
    folder = await mkdtemp(join(tmpdir(), 'gatecode-host-'));
    bytes = await picture('png', 200, 200);
    const open = (name: string, access: 'public' | 'signed') => () =>
      LocalDriver.open({
        folder: join(folder, name),
        baseUrl: `http://127.0.0.1:1/storage/${name}`,
        secrets: new Secrets(randomBytes(32)),
        access,
      });
    const storage = StorageModule.forRoot({
      stores: { logos: open('logos', 'public'), papers: open('papers', 'signed') },
      default: 'logos',
    });
    const square = { name: '128', side: 128, format: 'webp' } as const;
    const rules = { contentTypes: ['image/png'], maxBytes: 100_000, variants: [square] };

    @Module({
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url: database.url,
          migrations: UPLOADS_MIGRATIONS,
          migrationsRun: true,
        }),
        storage,
        UploadsModule.forRootAsync({
          storage,
          controllers: false,
          useFactory: () => ({
            purposes: { logo: rules, paper: { ...rules, store: 'papers' } },
            sweepEveryMs: 0,
            retentionDays: 2,
          }),
        }),
      ],
    })
    class ShopModule {}

    host = await NestFactory.createApplicationContext(ShopModule, { logger: ['error'], abortOnError: false });
    uploads = host.get(UploadsService, { strict: false });
    dataSource = host.get(DataSource);
  });
  afterAll(async () => {
    await host.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const storeOf = (name: string) => host.get(StorageService, { strict: false }).store(name);
  const sweep = () => host.get(UploadSweeper, { strict: false }).sweep();
  const begin = async (owner: string, purpose = 'logo') => {
    const wanted = { purpose, contentType: 'image/png', maxBytes: bytes.length };
    const begun = await host.get(UploadIntents, { strict: false }).begin(owner, wanted);
    await storeOf(begun.store).put(begun.rawKey, bytes, { contentType: 'image/png' });
    return begun;
  };
  const ready = async (owner: string, purpose = 'logo') => {
    const { id } = await begin(owner, purpose);
    expect(await uploads.complete(id, owner)).toMatchObject({ state: 'ready' });
    return id;
  };
  const afterAllTickets = () =>
    dataSource.query('UPDATE object_deletions SET due_at = now(), again_at = now()');
  const inOne = <Result>(work: (manager: EntityManager) => Promise<Result>) => dataSource.transaction(work);
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: { code?: string }) => error.code,
    );
  const keyOf = (id: string, purpose = 'logo') => `${purpose}/${id.slice(-2)}/${id}/128.webp`;

  it('uses an upload once, whose it is and for what it was made', async () => {
    const owner = 'shop:17';
    const id = await ready(owner);
    const use = (by: string, purpose = 'logo') => inOne((manager) => uploads.use(id, by, purpose, manager));
    expect(await codeOf(use('shop:18'))).toBe('NOT_FOUND');
    expect(await codeOf(use(owner, 'paper'))).toBe('NOT_FOUND');
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => codeOf(use(owner))));
    expect(outcomes.sort()).toEqual([...Array.from({ length: 7 }, () => 'UPLOAD_USED'), 'done']);
    expect(await uploads.find(id, owner)).toMatchObject({ state: 'used' });
  });

  it('uses nothing when its own transaction fails', async () => {
    const id = await ready('shop:19');
    const failed = inOne(async (manager) => {
      await uploads.use(id, 'shop:19', 'logo', manager);
      throw new Error('the shop is closed');
    });
    await expect(failed).rejects.toThrow('closed');
    expect(await uploads.find(id, 'shop:19')).toMatchObject({ state: 'ready' });
  });

  it('is told what can not be used', async () => {
    const owner = 'shop:20';
    const use = (id: string) => codeOf(inOne((manager) => uploads.use(id, owner, 'logo', manager)));
    const { id, rawKey, store } = await begin(owner);
    expect(await use(id)).toBe('UPLOAD_NOT_READY');
    await storeOf(store).put(rawKey, Buffer.from('<svg/>'), { contentType: 'image/png' });
    expect(await codeOf(uploads.complete(id, owner))).toBe('CONTENT_REJECTED');
    expect(await use(id)).toBe('CONTENT_REJECTED');
    expect(await use(randomUUID())).toBe('NOT_FOUND');
    const gone = await ready(owner);
    await inOne((manager) => uploads.release(gone, manager));
    expect(await use(gone)).toBe('UPLOAD_USED');
  });

  it('lets go of an upload, and its objects go with the transaction', async () => {
    const id = await ready('shop:21');
    await inOne((manager) => uploads.use(id, 'shop:21', 'logo', manager));
    const failed = inOne(async (manager) => {
      await uploads.release(id, manager);
      throw new Error('the shop is closed');
    });
    await expect(failed).rejects.toThrow();
    await sweep();
    expect(await storeOf('logos').stat(keyOf(id))).toBeDefined();
    await inOne((manager) => uploads.release(id, manager));
    await inOne((manager) => uploads.release(id, manager));
    await sweep();
    expect(await storeOf('logos').stat(keyOf(id))).toBeUndefined();
  });

  it('forgets an owner with everything, also what is still on its way', async () => {
    const owner = 'shop:22';
    const used = await ready(owner);
    await inOne((manager) => uploads.use(used, owner, 'logo', manager));
    const paper = await ready(owner, 'paper');
    const pending = await begin(owner);
    const other = await ready('shop:23');
    await inOne((manager) => uploads.forget(owner, manager));
    expect(await dataSource.query('SELECT id FROM uploads WHERE owner_id = $1', [owner])).toEqual([]);
    await sweep();
    expect(await storeOf('logos').stat(keyOf(used))).toBeUndefined();
    expect(await storeOf('papers').stat(keyOf(paper, 'paper'))).toBeUndefined();
    expect(await storeOf('logos').stat(keyOf(other))).toBeDefined();
    expect(await storeOf('logos').stat(pending.rawKey)).toBeUndefined();
    await storeOf('logos').put(pending.rawKey, bytes, { contentType: 'image/png' });
    const [{ due }] = await dataSource.query<{ due: number }[]>(
      'SELECT extract(epoch FROM due_at - now())::int AS due FROM object_deletions WHERE key = $1',
      [pending.rawKey],
    );
    expect(due).toBeGreaterThan(700);
    await afterAllTickets();
    await sweep();
    expect(await storeOf('logos').stat(pending.rawKey)).toBeUndefined();
  });

  it('forgets an owner while an upload is judged, and nothing is left', async () => {
    const owner = 'shop:24';
    const { id } = await begin(owner);
    const judged = codeOf(uploads.complete(id, owner));
    await inOne((manager) => uploads.forget(owner, manager));
    expect(['NOT_FOUND', 'done']).toContain(await judged);
    await afterAllTickets();
    await sweep();
    expect(await storeOf('logos').stat(keyOf(id))).toBeUndefined();
    expect(await dataSource.query('SELECT FROM object_deletions')).toEqual([]);
  });

  it('gets public URLs where a store has such, and signed ones elsewhere', async () => {
    const [logo] = await uploads.urlsOf({ id: await ready('shop:25'), purpose: 'logo' });
    expect(logo).toMatchObject({ side: 128, contentType: 'image/webp' });
    expect(new URL(logo.url).search).toBe('');
    const id = await ready('shop:25', 'paper');
    const [paper] = await uploads.urlsOf({ id, purpose: 'paper', store: 'papers' });
    expect(paper.url).toMatch(/\/storage\/papers\/paper\/.*\/128\.webp\?.*sig=/);
  });

  it('keeps rows for as long as it wants to', async () => {
    const owner = 'shop:26';
    const [old, fresh, used] = [await ready(owner), await ready(owner), await ready(owner)];
    await inOne((manager) => uploads.use(used, owner, 'logo', manager));
    for (const id of [old, fresh]) await inOne((manager) => uploads.release(id, manager));
    await dataSource.query(
      `UPDATE uploads SET updated_at = now() - interval '49 hours', created_at = now() - interval '49 hours'
       WHERE id IN ($1, $2)`,
      [old, used],
    );
    const sweeper = host.get(UploadSweeper, { strict: false });
    expect(await sweeper.purge()).toBeGreaterThanOrEqual(1);
    const rows = await dataSource.query<{ id: string }[]>('SELECT id FROM uploads WHERE owner_id = $1', [
      owner,
    ]);
    expect(rows.map(({ id }) => id).sort()).toEqual([fresh, used].sort());
  });
});
