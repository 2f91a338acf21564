import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as qiniu from 'qiniu';

import { signedDownloadUrl } from '../src/storage/drivers/qiniu/download-url';
import { ticketPolicy, uploadToken } from '../src/storage/drivers/qiniu/put-policy';
import { Qetag } from '../src/storage/drivers/qiniu/qetag';
import { QiniuCredentials } from '../src/storage/drivers/qiniu/qiniu-credentials';
import {
  FORM_TYPE,
  qboxText,
  qiniuAuthorization,
  qiniuText,
} from '../src/storage/drivers/qiniu/request-signature';
import { readUploadCallback } from '../src/storage/drivers/qiniu/upload-callback';
import type { QiniuDriver } from '../src/storage/drivers/qiniu/qiniu.driver';
import { qiniuDriver } from './support/qiniu-driver';
import { QINIU_ACCOUNT } from './support/simulators/qiniu-account';
import { QiniuSimulator } from './support/simulators/qiniu.simulator';

// The vendor's own package as an oracle. It is a development dependency: nothing of it runs in the service.

const { accessKey, secretKey } = QINIU_ACCOUNT;
const credentials = new QiniuCredentials(accessKey, secretKey);
const mac = new qiniu.auth.digest.Mac(accessKey, secretKey);
const HOST = 'rs-z0.qiniuapi.com';

const segment = fc.stringMatching(/^[a-z0-9][a-z0-9_.=-]{0,11}$/);
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
const text = fc.string({ unit: 'grapheme', maxLength: 60 });

describe("the vendor's package agrees", () => {
  it('on upload tokens', () => {
    fc.assert(
      fc.property(text, fc.nat(), text, (scope, fsizeLimit, endUser) => {
        const options = { scope: `avatars:${scope}`, fsizeLimit, endUser, insertOnly: 1, detectMime: 1 };
        const token = new qiniu.rs.PutPolicy(options).uploadToken(mac);
        const policy = JSON.parse(Buffer.from(token.split(':')[2], 'base64').toString()) as object;
        expect(uploadToken(credentials, policy)).toBe(token);
      }),
    );
  });

  it('on signatures of calls, new and old', () => {
    fc.assert(
      fc.property(path, text, fc.constantFrom('GET', 'POST'), (at, body, method) => {
        const { href: url, pathname, search } = new URL(`https://${HOST}${at}?q=${encodeURIComponent(body)}`);
        const headers = { 'X-Qiniu-Date': '20260101T000000Z' };
        const request = {
          method,
          path: pathname + search,
          host: HOST,
          contentType: FORM_TYPE,
          headers,
          body,
        };
        expect(qiniuAuthorization(credentials, request)).toBe(
          qiniu.util.generateAccessTokenV2(mac, url, method, FORM_TYPE, body, headers),
        );
        expect(`QBox ${credentials.sign(qboxText(request))}`).toBe(
          qiniu.util.generateAccessToken(mac, url, body),
        );
      }),
    );
  });

  it('on URLs of private objects', () => {
    const manager = new qiniu.rs.BucketManager(mac, new qiniu.conf.Config());
    fc.assert(
      fc.property(path, fc.nat(), (at, deadline) => {
        const url = `https://cdn.example.com${at}`;
        expect(signedDownloadUrl(credentials, url, deadline)).toBe(
          manager.privateDownloadUrl('https://cdn.example.com', at.slice(1), deadline),
        );
      }),
    );
  });

  it.each(['Qiniu', 'QBox'] as const)('on callbacks signed as %s', (scheme) => {
    const callbackUrl = new URL('https://api.example.com/v1/hooks/storage/qiniu');
    const genuine = 'uploadId=u-1&key=a%2Fb.png&hash=F&fsize=5&mimeType=image%2Fpng';
    const request = {
      method: 'POST',
      path: callbackUrl.pathname,
      host: callbackUrl.host,
      contentType: FORM_TYPE,
      body: genuine,
    };
    const signature = credentials.sign(scheme === 'Qiniu' ? qiniuText(request) : qboxText(request));
    const authorization = `${scheme} ${signature}`;
    for (const body of [genuine, `${genuine}&a=b`, genuine.replace('5', '6')]) {
      const theirs = qiniu.util.isQiniuCallback(mac, callbackUrl.href, body, authorization, {
        reqMethod: 'POST',
        reqContentType: FORM_TYPE,
      });
      const headers = { authorization, 'content-type': FORM_TYPE };
      const callback = { method: 'POST', url: '/', headers, body: Buffer.from(body) };
      const ours = readUploadCallback(credentials, callbackUrl, callback) !== undefined;
      expect(ours).toBe(theirs);
      expect(ours).toBe(body === genuine);
    }
  });
});

describe("the vendor's package against the simulator", () => {
  let simulator: QiniuSimulator;
  let config: qiniu.conf.Config;

  beforeAll(async () => {
    simulator = await QiniuSimulator.start();
    const { host } = new URL(simulator.url);
    config = new qiniu.conf.Config({ useHttpsDomain: false });
    config.zone = new qiniu.conf.Zone([host], [host], host, host, host, host);
  });
  afterEach(() => expect(simulator.complaints).toEqual([]));
  afterAll(() => simulator.stop());

  const token = (key: string, contentType: string) => {
    const request = { key, contentType, minBytes: 1, maxBytes: 20_000_000, uploadId: 'u', owner: 'o' };
    const deadline = Math.floor(Date.now() / 1_000) + 600;
    return uploadToken(credentials, ticketPolicy('avatars', { ...request, expiresIn: 600 }, deadline));
  };

  it('uploads a form with a token of ours', async () => {
    const content = Buffer.from('plain words');
    const uploader = new qiniu.form_up.FormUploader(config);
    const { data, resp } = await uploader.put(
      token('a/form.txt', 'text/plain'),
      'a/form.txt',
      content,
      new qiniu.form_up.PutExtra(),
    );
    expect(resp.statusCode).toBe(200);
    expect(data).toEqual({ hash: new Qetag().update(content).digest(), key: 'a/form.txt' });
    expect(simulator.object('a/form.txt')?.content).toEqual(content);
  });

  it('uploads a large file in parts with a token of ours', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'storage-qiniu-sdk-'));
    try {
      const content = Buffer.alloc(9 * 1024 * 1024 + 1, 'plain words ');
      await writeFile(join(folder, 'large.txt'), content);
      const uploader = new qiniu.resume_up.ResumeUploader(config);
      const { data, resp } = await uploader.putFileV2(
        token('a/large.txt', 'text/plain'),
        'a/large.txt',
        join(folder, 'large.txt'),
        qiniu.resume_up.PutExtra.create(
          'large.txt',
          undefined,
          undefined,
          undefined,
          undefined,
          4194304,
          'v2',
        ),
      );
      expect(resp.statusCode).toBe(200);
      expect(data).toMatchObject({ hash: new Qetag().update(content).digest(), key: 'a/large.txt' });
      expect(simulator.object('a/large.txt')?.content.equals(content)).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  describe('once its doubled port is let through', () => {
    let store: QiniuDriver;
    const manager = () => new qiniu.rs.BucketManager(mac, config);
    const text = { contentType: 'text/plain' };
    const statusOf = async (call: Promise<{ resp: { statusCode?: number } }>) => (await call).resp.statusCode;

    beforeEach(async () => {
      simulator.reset();
      simulator.doublesPort = true;
      store = qiniuDriver(simulator);
      for (const key of ['c/1', 'c/2']) await store.put(key, Buffer.from(key), text);
    });
    afterEach(async () => {
      simulator.doublesPort = false;
      await store.close();
    });

    it('copies, moves and deletes as the driver does', async () => {
      const rs = manager();
      expect(await statusOf(rs.copy('avatars', 'c/1', 'avatars', 'c/3', {}))).toBe(200);
      expect(await statusOf(rs.copy('avatars', 'c/1', 'avatars', 'c/2', {}))).toBe(614);
      await expect(store.copy('c/1', 'c/2')).rejects.toMatchObject({ fault: 'exists' });
      expect(await statusOf(rs.copy('avatars', 'c/1', 'avatars', 'c/2', { force: true }))).toBe(200);
      expect(await statusOf(rs.move('avatars', 'c/3', 'avatars', 'c/4', {}))).toBe(200);
      expect(await statusOf(rs.move('avatars', 'c/3', 'avatars', 'c/4', {}))).toBe(612);
      expect(simulator.keys()).toEqual(['c/1', 'c/2', 'c/4']);
      expect(await statusOf(rs.delete('avatars', 'c/4'))).toBe(200);
      expect(await statusOf(rs.delete('avatars', 'c/4'))).toBe(612);
      await store.delete('c/4');
      const [theirs, ours] = simulator.calls('delete').slice(-2);
      expect(ours.target).toBe(theirs.target);
    });

    it('changes what is known of an object, and disables it', async () => {
      const rs = manager();
      expect(await statusOf(rs.changeMime('avatars', 'c/1', 'text/html'))).toBe(200);
      expect((await store.stat('c/1'))?.contentType).toBe('text/html');
      expect(await statusOf(rs.deleteAfterDays('avatars', 'c/1', 3))).toBe(200);
      expect(simulator.object('c/1')?.deleteAfterDays).toBe(3);
      expect(await statusOf(rs.updateObjectStatus('avatars', 'c/1', 1))).toBe(200);
      await expect(store.getStream('c/1')).rejects.toMatchObject({ fault: 'denied' });
    });

    it('tells and lists the same, page by page', async () => {
      const rs = manager();
      const { data } = await rs.listPrefix('avatars', { prefix: 'c/', limit: 1 });
      const ours = await store.list({ prefix: 'c/', limit: 1 });
      expect(data.items).toMatchObject([{ key: 'c/1', fsize: 3, hash: ours.objects[0].etag }]);
      expect(ours.marker).toBe(data.marker);
      const { data: last } = await rs.listPrefix('avatars', { prefix: 'c/', limit: 1, marker: ours.marker });
      expect([last.items[0].key, last.marker]).toEqual(['c/2', '']);
    });

    it('does several things in one call', async () => {
      const operations = ['c/1', 'none'].map((key) => qiniu.rs.statOp('avatars', key));
      const { data, resp } = await manager().batch([...operations, qiniu.rs.deleteOp('avatars', 'c/2')]);
      expect(resp.statusCode).toBe(298);
      expect(data).toMatchObject([{ code: 200, data: { fsize: 3 } }, { code: 612 }, { code: 200 }]);
      await store.deleteAll(['c/1', 'c/2']);
      expect(simulator.keys()).toEqual([]);
    });
  });

  it('finds the hosts of a bucket by asking, as the driver does', async () => {
    // Its types do not know of it.
    const settings = qiniu.conf as unknown as { QUERY_REGION_HOST: string };
    const before = settings.QUERY_REGION_HOST;
    settings.QUERY_REGION_HOST = new URL(simulator.url).host;
    try {
      const uploader = new qiniu.form_up.FormUploader(new qiniu.conf.Config({ useHttpsDomain: false }));
      const extra = new qiniu.form_up.PutExtra();
      const { resp } = await uploader.put(token('a/found.txt', 'text/plain'), 'a/found.txt', 'words', extra);
      expect(resp.statusCode).toBe(200);
      const [theirs] = simulator.calls('query');
      const asking = qiniuDriver(simulator, { uploadUrl: undefined });
      await asking.put('a/found-too.txt', Buffer.from('words'), { contentType: 'text/plain' });
      await asking.close();
      expect(simulator.calls('query').map(({ target }) => target)).toEqual([theirs.target, theirs.target]);
    } finally {
      settings.QUERY_REGION_HOST = before;
    }
  });

  it('sees what the driver has put, once its doubled port is let through', async () => {
    const store = qiniuDriver(simulator);
    const { etag } = await store.put('b/1.txt', Buffer.from('words'), { contentType: 'text/plain' });
    const manager = new qiniu.rs.BucketManager(mac, config);
    expect((await manager.stat('avatars', 'b/1.txt')).resp.statusCode).toBe(401);
    simulator.doublesPort = true;
    const { data, resp } = await manager.stat('avatars', 'b/1.txt');
    expect(resp.statusCode).toBe(200);
    expect(data).toMatchObject({ fsize: 5, hash: etag, mimeType: 'text/plain' });
    const url = manager.privateDownloadUrl(
      simulator.domain(),
      'b/1.txt',
      Math.floor(Date.now() / 1_000) + 60,
    );
    expect(await (await fetch(url)).text()).toBe('words');
    await store.close();
  });
});
