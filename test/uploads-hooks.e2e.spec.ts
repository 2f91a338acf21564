import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QiniuDriver } from '../src/storage/drivers/qiniu/qiniu.driver';
import type { CallbackFacts, RawCallback } from '../src/storage/object-storage.interface';
import { StorageError } from '../src/storage/storage.error';
import { eventually } from './support/eventually';
import { picture } from './support/pictures';
import { qiniuDriver } from './support/qiniu-driver';
import { QiniuSimulator } from './support/simulators/qiniu.simulator';
import {
  type Platform,
  rawKeyOf,
  sendWith,
  startUploadsHost,
  Uploader,
  type UploadsHost,
} from './support/uploads-host';

const SECRET = 'a secret that store and service share';
const FORM = 'application/x-www-form-urlencoded';

/** A store that signs path and body. */
function verify({ method, url, headers, body }: RawCallback): CallbackFacts | undefined {
  const given = Buffer.from(String(headers['x-signature']));
  const right = Buffer.from(signatureOf(method, url, body.toString()));
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  const said = new URLSearchParams(body.toString());
  return { uploadId: said.get('uploadId') ?? '', key: said.get('key') ?? '' };
}
const signatureOf = (method: string, url: string, body: string) =>
  createHmac('sha256', SECRET).update(`${method} ${url}\n${body}`).digest('hex');

describe.each(['express', 'fastify'] as const)('A callback of a store, on %s,', (platform: Platform) => {
  let host: UploadsHost;
  let user: Uploader;

  beforeAll(async () => {
    host = await startUploadsHost({ platform });
  });
  beforeEach(() => {
    user = new Uploader(host);
    host.store.reset();
    host.store.callback = verify;
    host.told.length = 0;
  });
  afterAll(() => host.stop());

  const push = (body: string, wishes: { signature?: string; path?: string } = {}) => {
    const { path = '/v1/hooks/storage/local' } = wishes;
    const { signature = signatureOf('POST', path, body) } = wishes;
    return host.api.post(path).set({ 'content-type': FORM, 'x-signature': signature }).send(body);
  };
  const bodyOf = async (uploadId: string) =>
    new URLSearchParams({ uploadId, key: await rawKeyOf(host, uploadId) }).toString();
  const statusOf = async (uploadId: string) => (await user.get(`/uploads/${uploadId}`)).body.status as string;

  it('has the upload judged, whoever else asks for it', async () => {
    const uploadId = await user.uploaded(await picture());
    const body = await bodyOf(uploadId);
    const pushes = Array.from({ length: 5 }, () => push(body).expect(200));
    const answers = await Promise.all([...pushes, user.complete(uploadId).expect(200)]);
    expect(answers[0].headers['content-type']).toMatch(/^application\/json/);
    expect(answers[0].body).toEqual({ received: true });
    await eventually('ready upload', async () => (await statusOf(uploadId)) === 'ready');
    expect((await push(body).expect(200)).body).toEqual({ received: true });
    expect(host.told).toEqual([`upload.ready ${uploadId}`]);
  });

  it('is answered before the file is judged', async () => {
    const uploadId = await user.uploaded(await picture());
    host.store.before = () => sleep(300);
    await push(await bodyOf(uploadId)).expect(200);
    expect(await statusOf(uploadId)).not.toBe('ready');
    await eventually('ready upload', async () => (await statusOf(uploadId)) === 'ready');
  });

  it('that is forged changes nothing', async () => {
    const uploadId = await user.uploaded(await picture());
    const body = await bodyOf(uploadId);
    const signature = signatureOf('POST', '/v1/hooks/storage/local', body);
    const other = await user.uploaded(await picture());
    for (const forged of [
      () => push(body, { signature: '' }),
      () => push(body, { signature: signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) }),
      async () => push(await bodyOf(other), { signature }),
      () => push(`${body}&x=1`, { signature }),
      () => host.api.post('/v1/hooks/storage/local'),
      () => push(body, { path: '/v1/hooks/storage/local?x=1', signature }),
    ]) {
      const { body: problem } = await forged();
      expect(problem).toMatchObject({ status: 401, code: 'HOOK_SIGNATURE_INVALID' });
    }
    expect(await statusOf(uploadId)).toBe('pending');
    expect(await statusOf(other)).toBe('pending');
  });

  it('of an upload that nobody knows is acknowledged', async () => {
    const key = 'avatar/00/none/raw.png';
    for (const uploadId of [randomUUID(), 'nonsense', ''])
      await push(new URLSearchParams({ uploadId, key }).toString()).expect(200);
    const uploadId = await user.uploaded(await picture());
    await push(new URLSearchParams({ uploadId, key }).toString()).expect(200);
    expect(await statusOf(uploadId)).toBe('pending');
  });

  it('is believed only as far as the store itself says the same', async () => {
    const { uploadId } = await user.ticket();
    await push(await bodyOf(uploadId)).expect(200);
    host.store.before = () => {
      throw new StorageError('unavailable', 'as told');
    };
    await push(await bodyOf(uploadId)).expect(200);
    expect(await statusOf(uploadId)).toBe('pending');
  });

  it('is not found where no store has any', async () => {
    for (const provider of ['s3', 'nonsense', '__proto__'])
      await push('', { path: `/v1/hooks/storage/${provider}` }).expect(404);
    host.store.callback = undefined;
    expect((await push('').expect(404)).body.code).toBe('NOT_FOUND');
  });
});

describe('With Qiniu', () => {
  let simulator: QiniuSimulator;
  let qiniu: QiniuDriver;
  let host: UploadsHost;
  let user: Uploader;

  beforeAll(async () => {
    simulator = await QiniuSimulator.start();
    const port = await freePort();
    qiniu = qiniuDriver(simulator, { callbackUrl: `http://127.0.0.1:${port}/v1/hooks/storage/qiniu` });
    host = await startUploadsHost({ stores: { pictures: qiniu }, port });
  });
  beforeEach(() => {
    simulator.reset();
    user = new Uploader(host);
  });
  afterAll(async () => {
    await host.stop();
    await simulator.stop();
  });

  const statusOf = async (uploadId: string) => (await user.get(`/uploads/${uploadId}`)).body.status as string;

  it('an upload gets ready by the callback alone', async () => {
    const bytes = await picture();
    const ticket = await user.ticket(bytes.length);
    const answer = await sendWith(ticket, bytes, 'image/png');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ received: true });
    await eventually('ready upload', async () => (await statusOf(ticket.uploadId)) === 'ready');
    const { body } = await user.get(`/uploads/${ticket.uploadId}`);
    expect((await fetch(body.url)).headers.get('content-type')).toBe('image/webp');
    expect(simulator.keys().map((key) => key.split('/').at(-1))).not.toContain('raw.png');
    expect(simulator.complaints).toEqual([]);
  });

  it.each(['none', 'wrong-secret', 'altered', 'duplicate'] as const)(
    'an upload whose callback is %s is completed by its owner',
    async (mode) => {
      simulator.callbacks.mode = mode;
      const bytes = await picture();
      const ticket = await user.ticket(bytes.length);
      // 579: the object is there, and the callback failed.
      expect((await sendWith(ticket, bytes, 'image/png')).status).toBe(mode === 'duplicate' ? 200 : 579);
      if (mode !== 'duplicate') expect(await statusOf(ticket.uploadId)).toBe('pending');
      expect((await user.complete(ticket.uploadId).expect(200)).body.status).toBe('ready');
    },
  );

  it('a page that calls itself a picture is refused, and gone', async () => {
    const bytes = Buffer.from('<!DOCTYPE html><script>alert(1)</script>');
    simulator.callbacks.mode = 'none';
    const ticket = await user.ticket(bytes.length);
    await sendWith(ticket, bytes, 'image/png');
    await user.complete(ticket.uploadId).expect((answer: { status: number }) => {
      // Where Qiniu itself judged the content, nothing was uploaded at all.
      expect([422, 409]).toContain(answer.status);
    });
    expect(simulator.keys()).toEqual([]);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
