import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from './answer';
import { holdResponse } from './held-response';

const MOST = 1_000;

describe('a held response', () => {
  let server: Server | undefined;
  let seen: (Answer | undefined)[];
  let other: Answer | undefined;
  let mayLeave: Promise<void>;

  beforeEach(() => {
    seen = [];
    other = undefined;
    mayLeave = Promise.resolve();
  });
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** @returns where a server answers in this way, its answers held */
  async function serve(answer: RequestListener): Promise<string> {
    server = createServer((request, response) => {
      response.setHeader('X-Early', 'yes');
      holdResponse(response, MOST, async (held) => {
        seen.push(held);
        await mayLeave;
        return other;
      });
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it.each<[string, RequestListener]>([
    [
      'by end',
      (_, response) => {
        response.statusCode = 201;
        response.setHeader('Content-Type', 'text/plain');
        response.end('héllo');
      },
    ],
    [
      'by a head and end',
      (_, response) => response.writeHead(201, { 'content-type': 'text/plain' }).end('héllo'),
    ],
    [
      'by a head with a reason and pairs',
      (_, response) => {
        response.writeHead(201, 'Made', ['content-type', 'text/plain']);
        response.end(Buffer.from('héllo'));
      },
    ],
    [
      'in parts',
      (_, response) => {
        response.writeHead(201, { 'content-type': 'text/plain' });
        response.write('68c3', 'hex');
        response.write('a9', 'hex', () => response.end('llo', 'latin1'));
      },
    ],
    [
      'twice, as Fastify does',
      (_, response) => {
        response.writeHead(201, { 'content-type': 'text/plain' }).end('héllo');
        response.writeHead(500, { 'content-length': '0' }).end('again');
        response.write('and again');
      },
    ],
  ])('that was written %s is seen whole, and leaves as it was', async (_, answer) => {
    const got = await fetch(await serve(answer));
    expect([got.status, got.headers.get('content-type'), await got.text()]).toEqual([
      201,
      'text/plain',
      'héllo',
    ]);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ status: 201, body: Buffer.from('héllo') });
    expect(seen[0]?.headers.map(([name]) => name.toLowerCase())).toEqual(['x-early', 'content-type']);
  });

  it('does not leave before it may, and looks ended meanwhile', async () => {
    let release!: () => void;
    mayLeave = new Promise((resolve) => (release = resolve));
    let looks: unknown;
    const url = await serve((_, response) => {
      response.end('done', () => undefined);
      looks = { sent: response.headersSent, ended: response.writableEnded };
    });
    let arrived = false;
    const got = fetch(url).then((answer) => ((arrived = true), answer.text()));
    while (seen.length === 0) await new Promise(setImmediate);
    expect(looks).toEqual({ sent: true, ended: true });
    expect(arrived).toBe(false);
    release();
    expect(await got).toBe('done');
  });

  it('is replaced, with nothing left of what the platform said of its body', async () => {
    other = {
      status: 422,
      headers: [
        ['Content-Type', 'text/b'],
        ['Set-Cookie', ['a=1', 'b=2']],
      ],
      body: Buffer.from('B'),
    };
    const got = await fetch(
      await serve((_, response) =>
        response.writeHead(200, { 'content-type': 'text/a', 'content-length': '2', etag: '"a"' }).end('aa'),
      ),
    );
    expect([got.status, await got.text()]).toEqual([422, 'B']);
    expect(Object.fromEntries(got.headers)).toMatchObject({
      'content-type': 'text/b',
      'content-length': '1',
      'x-early': 'yes',
    });
    expect(got.headers.get('etag')).toBeNull();
    expect(got.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it('is replaced by nothing', async () => {
    other = { status: 204, headers: [], body: Buffer.alloc(0) };
    const got = await fetch(
      await serve((_, response) => response.writeHead(200, { 'content-length': '2' }).end('aa')),
    );
    expect([got.status, await got.text(), got.headers.get('content-length')]).toEqual([204, '', null]);
  });

  it.each<[string, RequestListener]>([
    ['at once', (_, response) => response.end('x'.repeat(2 * MOST))],
    [
      'in parts',
      (_, response) => {
        for (let part = 0; part < 4; part += 1) response.write('x'.repeat(MOST / 2));
        response.end();
      },
    ],
  ])('that is too long, %s, flows on unseen', async (_, answer) => {
    const got = await fetch(await serve(answer));
    expect((await got.text()).length).toBe(2 * MOST);
    expect(seen).toEqual([undefined]);
  });

  it('is seen even when nobody waits for it any more', async () => {
    let finish!: () => void;
    const handled = new Promise<void>((resolve) => (finish = resolve));
    const leaver = new AbortController();
    const url = await serve((request, response) => {
      request.socket.once('close', () => {
        response.end('late');
        finish();
      });
      leaver.abort();
    });
    await expect(fetch(url, { signal: leaver.signal })).rejects.toThrow();
    await handled;
    expect(seen[0]?.body.toString()).toBe('late');
  });
});
