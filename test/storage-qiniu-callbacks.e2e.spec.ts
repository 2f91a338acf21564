import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import type { CallbackFacts, UploadTicketRequest } from '../src/storage/object-storage.interface';
import type { QiniuDriver } from '../src/storage/drivers/qiniu/qiniu.driver';
import { qiniuDriver } from './support/qiniu-driver';
import { QiniuSimulator } from './support/simulators/qiniu.simulator';

const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(500, 7)]);
const UPLOAD_ID = '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f';
const KEY = 'avatar/1f/0190/raw.png';
const FACTS = { uploadId: UPLOAD_ID, key: KEY };
const TICKET: UploadTicketRequest = {
  key: KEY,
  minBytes: 1,
  maxBytes: 2_000,
  contentType: 'image/png',
  expiresIn: 600,
  uploadId: UPLOAD_ID,
  owner: 'user-7',
};

let simulator: QiniuSimulator;
let store: QiniuDriver;
/** The service that is told of uploads. */
let service: Server;
let callbackUrl: string;
/** What was believed, one by one. */
const believed: CallbackFacts[] = [];
let answerAfterMs = 0;

beforeAll(async () => {
  simulator = await QiniuSimulator.start();
  service = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { method = '', url = '', headers } = request;
      const facts = store.verifyCallback?.({ method, url, headers, body });
      if (facts) believed.push(facts);
      setTimeout(() => {
        response.writeHead(facts ? 200 : 401, { 'content-type': 'application/json' });
        response.end(JSON.stringify(facts ? { taken: facts.uploadId } : {}));
      }, answerAfterMs);
    });
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  callbackUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}/v1/hooks/storage/qiniu`;
});
beforeEach(() => {
  simulator.reset();
  believed.length = 0;
  answerAfterMs = 0;
  store = qiniuDriver(simulator, { callbackUrl });
});
afterEach(async () => {
  await store.close();
  expect(simulator.complaints).toEqual([]);
});
afterAll(async () => {
  await simulator.stop();
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
});

async function upload(): Promise<Response> {
  const { url, fields } = await store.createUploadTicket(TICKET);
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(PNG)]), 'me.png');
  return fetch(url, { method: 'POST', body: form });
}

describe('an upload with a callback', () => {
  it.each(['Qiniu', 'QBox'] as const)('is told by the store, signed as %s', async (scheme) => {
    simulator.callbacks.scheme = scheme;
    const answer = await upload();
    expect([answer.status, await answer.json()]).toEqual([200, { taken: UPLOAD_ID }]);
    expect(believed).toEqual([FACTS]);
    expect(simulator.callbacks.sent[0].body).toBe(
      `uploadId=${UPLOAD_ID}&key=avatar%2F1f%2F0190%2Fraw.png&hash=${simulator.object(KEY)?.hash}&fsize=508&mimeType=image%2Fpng`,
    );
  });

  it('may be told twice: a signature does not age', async () => {
    simulator.callbacks.mode = 'duplicate';
    expect((await upload()).status).toBe(200);
    expect(believed).toEqual([FACTS, FACTS]);
  });

  it('may be told late, or never: the object is there', async () => {
    simulator.callbacks.mode = 'late';
    expect((await upload()).status).toBe(579);
    expect(believed).toEqual([]);
    expect(await store.stat(KEY)).toMatchObject({ size: PNG.length, owner: 'user-7' });
    expect(await simulator.callbacks.deliverLate()).toEqual([200]);
    expect(believed).toEqual([FACTS]);
  });

  it('ends with 579 for the uploader when nobody answers in time, and the object stays', async () => {
    simulator.callbacks.timeoutMs = 50;
    answerAfterMs = 300;
    expect((await upload()).status).toBe(579);
    expect(await store.stat(KEY)).toBeDefined();
  });

  it.each(['wrong-secret', 'altered'] as const)('is not believed from somebody else: %s', async (mode) => {
    simulator.callbacks.mode = mode;
    expect((await upload()).status).toBe(579);
    expect(simulator.callbacks.sent.map(({ status }) => status)).toEqual([401]);
    expect(believed).toEqual([]);
  });
});

describe('a forged callback', () => {
  const BODY = `uploadId=${UPLOAD_ID}&key=avatar%2Fother.png&hash=F&fsize=1&mimeType=image%2Fpng`;
  const post = (headers: Record<string, string>, body = BODY) =>
    fetch(callbackUrl, { method: 'POST', headers, body });

  it('without a signature, or under that of another path, is refused', async () => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await post(type)).status).toBe(401);
    for (const scheme of ['Qiniu', 'QBox'] as const) {
      const { headers } = simulator.callbacks.sign(`${callbackUrl}/other`, BODY, { scheme });
      expect((await post({ ...type, authorization: headers.authorization })).status).toBe(401);
    }
    expect(believed).toEqual([]);
  });

  it('that keeps the signature of a genuine one, and says something else, is refused', async () => {
    await upload();
    const [{ headers, body }] = simulator.callbacks.sent;
    const { authorization } = headers;
    const type = headers['content-type'];
    believed.length = 0;
    expect((await post({ 'content-type': type, authorization }, body)).status).toBe(200);
    const other = body.replace(UPLOAD_ID, UPLOAD_ID.replace('1f8a1f', '1f8a20'));
    expect((await post({ 'content-type': type, authorization }, other)).status).toBe(401);
    expect(believed).toEqual([FACTS]);
  });

  it('of JSON under the older signature, which covers no JSON, is refused', async () => {
    const json = { 'content-type': 'application/json' };
    for (const scheme of ['QBox', 'Qiniu'] as const) {
      const text = JSON.stringify(FACTS);
      const { headers } = simulator.callbacks.sign(callbackUrl, text, {
        scheme,
        contentType: json['content-type'],
      });
      const { authorization } = headers;
      expect((await post({ ...json, authorization }, text)).status).toBe(401);
      expect((await post({ ...json, authorization })).status).toBe(401);
    }
    expect(believed).toEqual([]);
  });

  it('is refused by a store that asks for none', async () => {
    await store.close();
    store = qiniuDriver(simulator);
    expect(store.verifyCallback).toBeUndefined();
    const { headers } = simulator.callbacks.sign(callbackUrl, BODY);
    const { authorization } = headers;
    expect((await post({ 'content-type': headers['content-type'], authorization })).status).toBe(401);
    const [, , encoded] = (await store.createUploadTicket(TICKET)).fields.token.split(':');
    expect(Buffer.from(encoded, 'base64').toString()).not.toContain('callback');
  });
});
