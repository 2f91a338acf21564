import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Inject, Injectable, Module, Post, type INestApplication } from '@nestjs/common';
import { ModulesContainer, NestFactory, RouterModule } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import * as gatecode from '../src';
import {
  LocalDriver,
  OBJECT_STORAGE,
  objectKey,
  type ObjectStorage,
  Secrets,
  StorageModule,
  type StorageModuleOptions,
  StorageService,
  type UploadTicket,
} from '../src';
import * as testing from '../src/testing';

/** How this host keeps its settings: a class of its own, no environment. */
@Injectable()
class ShopSettings {
  static folder = '';
  static url = '';

  readonly folder = ShopSettings.folder;
  readonly url = ShopSettings.url;
  readonly secret = randomBytes(32);
}

@Module({ providers: [ShopSettings], exports: [ShopSettings] })
class ShopSettingsModule {}

/** What this host measures. */
const calls: string[] = [];

/** Tells whether the module lets go of what it was given. */
const closed: string[] = [];

function storageOptions({ folder, url, secret }: ShopSettings): StorageModuleOptions {
  const open = async (name: string, access: 'public' | 'signed') => {
    const store = await LocalDriver.open({
      folder: join(folder, name),
      baseUrl: `${url}/files/storage/${name}`,
      secrets: new Secrets(secret),
      access,
    });
    return Object.assign(store, { close: () => Promise.resolve(void closed.push(name)) });
  };
  return {
    stores: { pictures: () => open('pictures', 'public'), invoices: () => open('invoices', 'signed') },
    default: 'pictures',
    onCall: ({ store, operation, fault = 'ok' }) => calls.push(`${store} ${operation} ${fault}`),
  };
}

/** What this shop does with its stores. */
@Controller('products')
class ProductsController {
  constructor(
    @Inject(OBJECT_STORAGE) private readonly pictures: ObjectStorage,
    private readonly storage: StorageService,
  ) {}

  @Post('picture-tickets')
  async ticket(): Promise<UploadTicket & { publicUrl: string }> {
    const key = objectKey({ purpose: 'product', name: 'raw', extension: 'png' });
    const ticket = await this.pictures.createUploadTicket({
      key,
      minBytes: 1,
      maxBytes: 1_000_000,
      contentType: 'image/png',
      expiresIn: 300,
      uploadId: randomUUID(),
      owner: 'shop',
    });
    return { ...ticket, publicUrl: this.pictures.publicUrl(key) };
  }

  @Post('invoices')
  async invoice(): Promise<{ url: string }> {
    const key = objectKey({ purpose: 'invoice', name: 'invoice', extension: 'pdf' });
    const store = this.storage.store('invoices');
    await store.put(key, Buffer.from('%PDF-'), { contentType: 'application/pdf', createOnly: true });
    return { url: await store.signedUrl(key, { expiresIn: 300, downloadName: '发票 7.pdf' }) };
  }
}

@Module({
  imports: [
    StorageModule.forRootAsync({
      imports: [ShopSettingsModule],
      inject: [ShopSettings],
      useFactory: storageOptions,
      localRoutes: true,
    }),
    RouterModule.register([{ path: 'files', module: StorageModule }]),
  ],
  controllers: [ProductsController],
})
class ShopModule {}

describe.each([
  { platform: 'Express', adapter: () => new ExpressAdapter() },
  { platform: 'Fastify', adapter: () => new FastifyAdapter() },
])('a host on $platform that takes StorageModule alone', ({ adapter }) => {
  let host: INestApplication;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    ShopSettings.url = url;
    ShopSettings.folder = await mkdtemp(join(tmpdir(), 'gatecode-shop-'));
    host = await NestFactory.create(ShopModule, adapter(), { logger: false, abortOnError: false });
    await host.listen(port, '127.0.0.1');
  });
  afterAll(async () => {
    await host.close();
    expect(closed.splice(0).sort()).toEqual(['invoices', 'pictures']);
    await rm(ShopSettings.folder, { recursive: true });
  });

  async function post<Answer>(path: string): Promise<Answer> {
    const answer = await fetch(`${url}${path}`, { method: 'POST' });
    expect(answer.status).toBe(201);
    return (await answer.json()) as Answer;
  }

  it('hands out tickets, takes what is uploaded with them, and serves it to anybody', async () => {
    const ticket = await post<UploadTicket & { publicUrl: string }>('/products/picture-tickets');
    const form = new FormData();
    for (const [name, value] of Object.entries(ticket.fields)) form.append(name, value);
    form.append(ticket.fileField!, new Blob(['a picture'], { type: 'image/png' }), '商品 1.png');
    expect((await fetch(ticket.url, { method: ticket.method, body: form })).status).toBe(204);

    const served = await fetch(ticket.publicUrl);
    expect(served.headers.get('content-type')).toBe('image/png');
    expect(served.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await served.text()).toBe('a picture');
  });

  it('keeps what is not for anybody in another store, and serves it by signed URL', async () => {
    calls.length = 0;
    const { url: invoice } = await post<{ url: string }>('/products/invoices');
    expect(calls).toEqual(['invoices put ok']);
    const served = await fetch(invoice);
    expect(served.headers.get('content-disposition')).toContain(
      `filename*=UTF-8''%E5%8F%91%E7%A5%A8%207.pdf`,
    );
    expect(await served.text()).toBe('%PDF-');
    const unsigned = await fetch(invoice.split('?')[0]);
    expect(unsigned.status).toBe(403);
    expect(await unsigned.json()).toMatchObject({ code: 'LINK_INVALID' });
  });

  it('answers what goes wrong in our routes as our contract says, and changes none of its own', async () => {
    const ours = await fetch(`${url}/files/storage/nowhere`, { method: 'POST' });
    expect(ours.status).toBe(404);
    expect(ours.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const own = await fetch(`${url}/products/nothing`);
    expect(own.status).toBe(404);
    expect(await own.json()).toMatchObject({ statusCode: 404 });
    // A form for a route of the host is answered as before: Express leaves it, Fastify has no parser for it.
    const form = new FormData();
    form.append('a', 'b');
    const { status } = await fetch(`${url}/products/invoices`, { method: 'POST', body: form });
    expect(status).toBe(host.getHttpAdapter().getType() === 'fastify' ? 415 : 201);
  });

  it('keeps each store in its own folder', async () => {
    expect((await readdir(ShopSettings.folder)).sort()).toEqual(['invoices', 'pictures']);
  });

  it('finds nothing global in itself: no APP_* provider, no global module, no other module of ours', () => {
    const modules = [...host.get(ModulesContainer).values()];
    const tokens = modules.flatMap(({ providers }) => [...providers.keys()].map(String));
    expect(tokens.filter((token) => token.startsWith('APP_'))).toEqual([]);
    const ours = modules.find(({ metatype }) => metatype === StorageModule)!;
    expect(ours.isGlobal).toBe(false);
    const names = modules.map(({ metatype }) => metatype.name);
    for (const name of ['RedisModule', 'TypeOrmCoreModule', 'AuthModule', 'UsersModule', 'SmsModule'])
      expect(names).not.toContain(name);
  });
});

describe('the package', () => {
  it('offers what a host, and who writes a driver, needs by name', () => {
    const host = [
      'StorageModule',
      'StorageService',
      'OBJECT_STORAGE',
      'StorageError',
      'objectKey',
      'LocalDriver',
    ];
    const driver = ['assertObjectKey', 'assertMediaType', 'assertTicketRequest'];
    for (const name of [...host, ...driver]) expect(gatecode).toHaveProperty(name);
    expect(testing.STORAGE_CASES.length).toBeGreaterThan(100);
    const names = testing.STORAGE_CASES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a host that is set up wrongly', () => {
  let folder: string;
  const store = (baseUrl = 'http://127.0.0.1/storage/a') =>
    LocalDriver.open({ folder, baseUrl, secrets: new Secrets(randomBytes(32)) });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatecode-shop-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const start = async (options: StorageModuleOptions) => {
    const module = { module: class {}, imports: [StorageModule.forRoot({ ...options, localRoutes: true })] };
    const app = await NestFactory.create(module, { logger: false, abortOnError: false });
    await app.init();
    return app;
  };

  it.each<[string, RegExp, () => Promise<StorageModuleOptions>]>([
    ['without stores', /needs one store/, () => Promise.resolve({ stores: {} })],
    [
      'with several and no default',
      /name the default/,
      async () => ({ stores: { a: await store(), b: store } }),
    ],
    [
      'with an unknown default',
      /"x" is not among/,
      async () => ({ stores: { a: await store() }, default: 'x' }),
    ],
    ['with a base URL of another store', /\/storage\/b/, async () => ({ stores: { b: await store() } })],
    [
      'with a store that can not be opened',
      /no disk/,
      () =>
        Promise.resolve({
          stores: { a: () => store(), b: () => Promise.reject(new Error('no disk')) },
          default: 'a',
        }),
    ],
  ])('does not start %s', async (_, message, options) => {
    await expect(start(await options())).rejects.toThrow(message);
  });

  it('is told which stores there are, when it asks for another', async () => {
    const app = await start({ stores: { a: await store() } });
    const storage = app.get(StorageService);
    expect(storage.store()).toBe(storage.store('a'));
    expect(() => storage.store('b')).toThrow('There is no store "b"; there are: a');
    await app.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
