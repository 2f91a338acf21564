import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { QINIU_ACCOUNT } from './qiniu-account';
import { hashOf, hmacSha1, signQiniu, toBase64 } from './qiniu-signing';
import { QiniuSimulator } from './qiniu.simulator';

describe('the simulator of Qiniu', () => {
  let simulator: QiniuSimulator;
  let now = Date.parse('2026-01-01T00:00:00Z');
  beforeAll(async () => (simulator = await QiniuSimulator.start({ now: () => now })));
  beforeEach(() => {
    simulator.reset();
    now = Date.parse('2026-01-01T00:00:00Z');
  });
  afterAll(() => simulator.stop());

  const { accessKey, secretKey } = QINIU_ACCOUNT;
  const deadline = Math.floor(now / 1_000) + 600;
  function tokenOf(policy: object | string): string {
    const json = typeof policy === 'string' ? policy : JSON.stringify({ deadline, ...policy });
    const encoded = toBase64(Buffer.from(json));
    return `${accessKey}:${hmacSha1(secretKey, encoded)}:${encoded}`;
  }
  async function upload(
    policy: object | string,
    {
      key = 'a',
      content = 'words',
      ...more
    }: { key?: string | null; content?: string; [field: string]: unknown } = {},
  ): Promise<{ status: number; json: unknown }> {
    const form = new FormData();
    form.append('token', tokenOf(policy));
    if (key !== null) form.append('key', key);
    form.append('file', new Blob([content], { type: 'text/plain' }), 'a.txt');
    for (const [name, value] of Object.entries(more)) form.append(name, String(value));
    const answer = await fetch(simulator.url, { method: 'POST', body: form });
    return { status: answer.status, json: await answer.json() };
  }
  const status = async (...args: Parameters<typeof upload>) => (await upload(...args)).status;

  it.each([
    ['an unknown field', { scope: 'avatars', fsizelimit: 5 }],
    ['a flag for a number', { scope: 'avatars', insertOnly: true }],
    ['a text for a number', { scope: 'avatars', fsizeLimit: '5' }],
    ['null', { scope: 'avatars', mimeLimit: null }],
    ['a number for a flag', { scope: 'avatars', saveKey: 'a', forceSaveKey: 1 }],
    ['a callback without a body', { scope: 'avatars', callbackUrl: 'http://127.0.0.1' }],
  ])('complains of a policy with %s', async (_, policy) => {
    expect(await status(policy)).toBe(400);
    expect(simulator.complaints).toHaveLength(1);
    expect(simulator.keys()).toEqual([]);
  });

  it('refuses tokens that are none, or too old, or for no bucket', async () => {
    expect(await status('{"scope":"avatars"}')).toBe(401);
    expect(await status('["avatars"]')).toBe(401);
    expect(await status({ scope: 'avatars', deadline: deadline - 601 })).toBe(401);
    expect(await status({ scope: 'none' })).toBe(631);
    now += 601_000;
    expect((await upload({ scope: 'avatars' })).json).toEqual({ error: 'expired token' });
  });

  it.each<[string, (token: string) => string]>([
    ['without its padding', (token) => token.replace(/=+$/, '')],
    ['in the other alphabet of base64', (token) => token.replaceAll('-', '+').replaceAll('_', '/')],
    ['of another key', (token) => `x${token}`],
    ['of four parts', (token) => `${token}:x`],
    ['of another signature', (token) => token.replace(/:./, ':x')],
    ['that is none', () => 'token'],
  ])('refuses a token %s', async (_, change) => {
    // Both signs that differ between the alphabets, and padding.
    const token = tokenOf({ scope: 'avatars', endUser: '??>>>>>' });
    expect(token).toMatch(/[-_].*=$/);
    const form = new FormData();
    form.append('token', change(token));
    form.append('file', new Blob(['words']), 'a.txt');
    const answer = await fetch(simulator.url, { method: 'POST', body: form });
    expect([answer.status, await answer.json()]).toEqual([401, { error: 'bad token' }]);
    expect(answer.headers.get('x-reqid')).toMatch(/^[\w-]{16}$/);
    expect(simulator.keys()).toEqual([]);
  });

  it('keeps to the scope', async () => {
    expect(await status({ scope: 'avatars:b' })).toBe(403);
    expect(await status({ scope: 'avatars:a' }, { key: null })).toBe(403);
    expect(await status({ scope: 'avatars:u/', isPrefixalScope: 1 }, { key: 'v/1' })).toBe(403);
    expect(await status({ scope: 'avatars:u/', isPrefixalScope: 1 }, { key: 'u/1' })).toBe(200);
    expect(await status({ scope: 'avatars' }, { key: 'k'.repeat(751) })).toBe(400);
    expect(simulator.keys()).toEqual(['u/1']);
  });

  it.each([
    ['the bucket', { scope: 'avatars' }, 614],
    ['a prefix', { scope: 'avatars:a', isPrefixalScope: 1 }, 614],
    ['a key, to be created', { scope: 'avatars:a', insertOnly: 1 }, 614],
    ['a key', { scope: 'avatars:a' }, 200],
  ])(
    'with a scope of %s answers other content at a taken key with the right status',
    async (_, policy, other) => {
      expect(await status(policy)).toBe(200);
      expect(await status(policy)).toBe(200);
      expect(await status(policy, { content: 'other' })).toBe(other);
      expect(simulator.object('a')?.content.toString()).toBe(other === 200 ? 'other' : 'words');
    },
  );

  it('names objects by key, template or hash', async () => {
    const { json } = await upload({ scope: 'avatars' }, { key: null });
    expect(json).toEqual({ hash: hashOf([Buffer.from('words')]), key: hashOf([Buffer.from('words')]) });
    const saveKey = 'u/$(endUser)/$(x:n)$(ext)';
    await upload({ scope: 'avatars', saveKey, endUser: '7' }, { key: null, 'x:n': '1' });
    await upload({ scope: 'avatars', saveKey, endUser: '8', forceSaveKey: true }, { 'x:n': '2' });
    expect(simulator.keys().slice(1)).toEqual(['u/7/1.txt', 'u/8/2.txt']);
  });

  it.each([
    ['fsizeLimit', { fsizeLimit: 4 }, 413],
    ['fsizeMin', { fsizeMin: 6 }, 403],
    ['mimeLimit', { mimeLimit: 'image/*' }, 403],
  ])('stores nothing that breaks %s', async (_, limit, expected) => {
    expect(await status({ scope: 'avatars', ...limit })).toBe(expected);
    expect(simulator.keys()).toEqual([]);
  });

  it.each([
    [0, 'text/plain'],
    [1, 'text/html'],
    [-1, 'text/plain'],
  ])('finds the type as detectMime %i says', async (detectMime, expected) => {
    await upload({ scope: 'avatars', detectMime }, { content: '<html>' });
    expect(simulator.object('a')?.mimeType).toBe(expected);
  });

  it('takes fields behind the file, and only those there are', async () => {
    expect(await status({ scope: 'avatars' }, { crc32: 1 })).toBe(406);
    expect(await status({ scope: 'avatars' }, { 'x:own': 1, 'x-qn-meta-own': 2 })).toBe(200);
    expect(simulator.object('a')?.meta).toEqual({ 'x-qn-meta-own': '2' });
    expect(simulator.complaints).toEqual([]);
    expect(await status({ scope: 'avatars' }, { other: 1 })).toBe(400);
    expect(simulator.complaints).toHaveLength(1);
    expect((await fetch(simulator.url, { method: 'POST', body: '{}' })).status).toBe(400);
  });

  it('answers as the policy says', async () => {
    const returnBody = '{"k":$(key),"n":$(fsize),"t":$(mimeType)}';
    const { json } = await upload({ scope: 'avatars', returnBody });
    expect(json).toEqual({ k: 'a', n: 5, t: 'text/plain' });
  });

  describe('uploading in parts', () => {
    const part = 'a'.repeat(1024 * 1024);
    const at = (rest = '', key = 'p') =>
      `${simulator.url}/buckets/avatars/objects/${toBase64(Buffer.from(key))}/uploads${rest}`;
    const call = (method: string, url: string, body?: string, more: Record<string, string> = {}) =>
      fetch(url, {
        method,
        body,
        headers: { authorization: `UpToken ${tokenOf({ scope: 'avatars:p' })}`, ...more },
      });
    const begin = async () => ((await (await call('POST', at())).json()) as { uploadId: string }).uploadId;
    const send = async (id: string, number: number, body: string) =>
      ((await (await call('PUT', at(`/${id}/${number}`), body)).json()) as { etag: string }).etag;
    const complete = async (id: string, parts: object[]) =>
      (await call('POST', at(`/${id}`), JSON.stringify({ parts }))).status;

    it('needs parts in order, known and large enough', async () => {
      const id = await begin();
      const etags = [await send(id, 1, part), await send(id, 2, 'small'), await send(id, 3, 'end')];
      const [one, two, three] = etags.map((etag, index) => ({ partNumber: index + 1, etag }));
      expect(await complete(id, [two, one])).toBe(400);
      expect(await complete(id, [one, { ...two, etag: 'F' }])).toBe(400);
      expect(await complete(id, [one, two, three])).toBe(400);
      expect(await complete(id, [])).toBe(400);
      expect(simulator.keys()).toEqual([]);
      expect(await complete(id, [one, three])).toBe(200);
      expect(simulator.object('p')?.content.toString()).toBe(`${part}end`);
      expect(await complete(id, [one, three])).toBe(612);
    });

    it('has one method for each step', async () => {
      const id = await begin();
      const wrong = [
        ['GET', at()],
        ['PUT', at()],
        ['DELETE', at()],
        ['PUT', at(`/${id}`)],
        ['PATCH', at(`/${id}`)],
        ['POST', at(`/${id}/1`)],
        ['DELETE', at(`/${id}/1`)],
      ];
      for (const [method, url] of wrong) expect((await call(method, url)).status).toBe(405);
      expect(simulator.parts.open).toEqual([id]);
    });

    it('belongs to one key, and ends with an abort', async () => {
      const id = await begin();
      expect((await call('PUT', at(`/${id}/1`, 'q'), 'x')).status).toBe(612);
      expect((await call('PUT', at(`/${id}/1`), 'x', { 'content-md5': 'f'.repeat(32) })).status).toBe(406);
      expect(simulator.complaints).toEqual([]);
      expect((await call('PUT', at(`/${id}/1`), 'x', { 'content-md5': '+w==' })).status).toBe(400);
      expect(simulator.complaints).toHaveLength(1);
      expect((await call('DELETE', at(`/${id}`))).status).toBe(200);
      expect(simulator.parts.open).toEqual([]);
      expect((await call('PUT', at(`/${id}/1`), 'x')).status).toBe(612);
      expect((await call('POST', at(), undefined, { authorization: 'UpToken x' })).status).toBe(401);
    });
  });

  describe('managing', () => {
    function manage(
      method: string,
      target: string,
      body = '',
      contentType = 'application/x-www-form-urlencoded',
    ) {
      const { host } = new URL(simulator.url);
      const headers = { host, 'content-type': contentType };
      const request = { method, target, headers, rawHeaders: [], body: Buffer.from(body) };
      const authorization = signQiniu({ accessKey, secretKey }, request);
      return fetch(simulator.url + target, {
        method,
        headers: { 'content-type': contentType, authorization },
        body: method === 'GET' ? undefined : body,
      });
    }
    const entry = (key: string) => toBase64(Buffer.from(`avatars:${key}`));

    it('has the right method, a signature, and 612 for what is missing', async () => {
      expect((await manage('GET', `/stat/${entry('a')}`)).status).toBe(612);
      expect((await manage('POST', `/stat/${entry('a')}`)).status).toBe(405);
      expect((await manage('POST', `/delete/${entry('a')}`)).status).toBe(612);
      expect((await fetch(`${simulator.url}/stat/${entry('a')}`)).status).toBe(401);
    });

    it('changes, copies, moves and disables', async () => {
      await upload({ scope: 'avatars' });
      await manage('POST', `/chgm/${entry('a')}/mime/${toBase64(Buffer.from('text/x'))}`);
      await manage('POST', `/copy/${entry('a')}/${entry('b')}`);
      expect((await manage('POST', `/move/${entry('a')}/${entry('b')}`)).status).toBe(614);
      expect((await manage('POST', `/move/${entry('a')}/${entry('b')}/force/true`)).status).toBe(200);
      expect(simulator.keys()).toEqual(['b']);
      await manage('POST', `/deleteAfterDays/${entry('b')}/3`);
      await manage('POST', `/chstatus/${entry('b')}/status/1`);
      expect(simulator.object('b')).toMatchObject({ mimeType: 'text/x', status: 1, deleteAfterDays: 3 });
      const signed = `${simulator.domain()}/b?e=${deadline}`;
      const url = `${signed}&token=${accessKey}:${hmacSha1(secretKey, signed)}`;
      expect((await fetch(url)).status).toBe(403);
    });

    it('tells of every operation of a batch', async () => {
      await upload({ scope: 'avatars' });
      const ops = (...names: string[]) =>
        names.map((name) => `op=${encodeURIComponent(`/stat/${entry(name)}`)}`).join('&');
      expect((await manage('POST', '/batch', ops('a', 'a'))).status).toBe(200);
      const partly = await manage('POST', '/batch', ops('a', 'b'));
      expect(partly.status).toBe(298);
      expect(await partly.json()).toMatchObject([{ code: 200, data: { fsize: 5 } }, { code: 612 }]);
    });

    it('lists in pages', async () => {
      for (const key of ['c', 'a/1', 'a/2']) await upload({ scope: 'avatars' }, { key });
      const page = async (query: string) =>
        (await (await manage('POST', `/list?bucket=avatars&${query}`)).json()) as {
          marker: string;
          items: { key: string }[];
          commonPrefixes: string[];
        };
      const first = await page('limit=2');
      expect(first.items.map(({ key }) => key)).toEqual(['a/1', 'a/2']);
      const second = await page(`limit=2&marker=${encodeURIComponent(first.marker)}`);
      expect([second.items.map(({ key }) => key), second.marker]).toEqual([['c'], '']);
      expect((await page('delimiter=/')).commonPrefixes).toEqual(['a/']);
      expect((await manage('POST', '/list?bucket=avatars&marker=x')).status).toBe(640);
      expect((await manage('POST', '/list?bucket=avatars&limit=1001')).status).toBe(400);
    });

    it('says where a bucket is, without a signature', async () => {
      const ask = (bucket: string, ak = accessKey) =>
        fetch(`${simulator.url}/v4/query?ak=${ak}&bucket=${bucket}`);
      expect(await (await ask('avatars')).json()).toMatchObject({ hosts: [{ region: 'z0', ttl: 86_400 }] });
      expect((await ask('none')).status).toBe(631);
      expect((await ask('avatars', 'x')).status).toBe(401);
      expect(simulator.calls('query')).toHaveLength(3);
    });
  });

  describe('calling back', () => {
    let hooks: Server;
    let url: string;
    const bodies: string[] = [];
    let hosts: (string | undefined)[] = [];
    let answer = { status: 200, body: '{"key":"named","payload":{"ok":true}}' };

    beforeAll(async () => {
      hooks = createServer((request, response) => {
        hosts.push(request.headers.host);
        void buffer(request).then((body) => {
          bodies.push(body.toString());
          response.writeHead(request.url === '/broken' ? 500 : answer.status).end(answer.body);
        });
      });
      await new Promise<void>((resolve) => hooks.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(hooks.address() as AddressInfo).port}`;
    });
    beforeEach(() => {
      bodies.length = 0;
      hosts = [];
    });
    afterAll(() => {
      hooks.closeAllConnections();
      return new Promise((resolve) => hooks.close(resolve));
    });

    it('tries one URL after the other, under the host that was wished for', async () => {
      const callbackUrl = `${url}/broken;${url}/good`;
      const policy = {
        scope: 'avatars',
        callbackUrl,
        callbackHost: 'api.example.com',
        callbackBody: 'k=$(key)',
      };
      expect(await upload(policy)).toMatchObject({ status: 200, json: { key: 'named' } });
      expect([bodies, hosts]).toEqual([
        ['k=a', 'k=a'],
        ['api.example.com', 'api.example.com'],
      ]);
    });

    it('lets the answer name the object', async () => {
      const policy = { scope: 'avatars', callbackUrl: url, callbackBody: 'n=$(fsize)', callbackFetchKey: 1 };
      expect(await upload(policy)).toEqual({ status: 200, json: { ok: true } });
      expect(simulator.keys()).toEqual(['named']);
    });

    it.each([
      { status: 500, body: '{}' },
      { status: 200, body: 'no JSON' },
    ])('tells the uploader 579 after $status $body, and the object stays', async (broken) => {
      const before = answer;
      answer = broken;
      expect(await status({ scope: 'avatars', callbackUrl: url, callbackBody: 'k=$(key)' })).toBe(579);
      expect(simulator.keys()).toEqual(['a']);
      answer = before;
    });

    it('renders JSON where the policy asks for it', async () => {
      const callbackBodyType = 'application/json';
      const callbackBody = '{"k":$(key),"n":$(fsize)}';
      await upload({ scope: 'avatars', callbackUrl: url, callbackBody, callbackBodyType }, { key: '"' });
      expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual([{ k: '"', n: 5 }]);
    });
  });
});
