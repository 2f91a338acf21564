import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { UndiciVendorHttp } from './vendor-http';

const servers: Server[] = [];
const sockets = new Set<Socket>();
const clients: UndiciVendorHttp[] = [];

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const http = (listener: RequestListener) => listen(createHttpServer(listener));
/** A server below HTTP: gets every chunk of bytes, and writes what it likes. */
const tcp = (onData: (socket: Socket, data: Buffer) => void) =>
  listen(
    createTcpServer((socket) => socket.on('error', () => {}).on('data', (data) => onData(socket, data))),
  );

function post(base: string, timeoutMs = 2_000, client = new UndiciVendorHttp(300)) {
  clients.push(client);
  return client.post({ url: new URL('/send?a=1', base), headers: { 'x-key': 'k' }, body: 'b', timeoutMs });
}

describe('UndiciVendorHttp before anything is written', () => {
  it('reports a refused connection', async () => {
    const port = await http(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await post(`http://127.0.0.1:${port}`)).toEqual({ kind: 'unreached', code: 'ECONNREFUSED' });
  });

  it('reports a host that does not exist', async () => {
    expect(await post('https://gateway.invalid')).toMatchObject({ kind: 'unreached' });
  });

  it('reports a TLS handshake that fails', async () => {
    const port = await tcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await post(`https://127.0.0.1:${port}`)).toMatchObject({ kind: 'unreached' });
  });

  it.each([
    ['the connect time-out', 2_000, 300],
    ['the deadline, when that comes first', 100, 100],
  ])('gives a stalled TLS handshake up at %s', async (_, timeoutMs, expected) => {
    const port = await tcp(() => {});
    const start = performance.now();
    const reply = await post(`https://127.0.0.1:${port}`, timeoutMs);
    expect(reply).toEqual({ kind: 'unreached', code: 'CONNECT_TIMEOUT' });
    expect(performance.now() - start).toBeLessThan(expected + 250);
    for (const socket of sockets) socket.destroy();
  });

  it('reports a call after close', async () => {
    const client = new UndiciVendorHttp();
    await client.close();
    expect(await post('http://127.0.0.1:1', 1_000, client)).toMatchObject({ kind: 'unreached' });
  });
});

describe('UndiciVendorHttp once the request is written', () => {
  it('hands over the answer', async () => {
    const seen: string[] = [];
    const port = await http((request, response) => {
      seen.push(`${request.method} ${request.url} ${String(request.headers['x-key'])}`);
      response.writeEarlyHints({ link: '</a>' });
      response.end('{"消息":1}');
    });
    expect(await post(`http://127.0.0.1:${port}`)).toEqual({
      kind: 'answer',
      status: 200,
      text: '{"消息":1}',
      date: expect.any(Number),
    });
    expect(seen).toEqual(['POST /send?a=1 k']);
  });

  it('asks without a body, and tells the other side’s clock', async () => {
    const seen: string[] = [];
    const port = await http((request, response) => {
      seen.push(`${request.method} ${request.url} ${String(request.headers['content-length'])}`);
      response.setHeader('date', 'Mon, 29 Jun 2026 16:00:00 GMT').end('{}');
    });
    const client = new UndiciVendorHttp();
    clients.push(client);
    const url = new URL(`http://127.0.0.1:${port}/status?a=1`);
    expect(await client.get({ url, headers: {}, timeoutMs: 2_000 })).toMatchObject({
      text: '{}',
      date: Date.UTC(2026, 5, 29, 16),
    });
    expect(seen).toEqual(['GET /status?a=1 undefined']);
  });

  it.each(['yesterday', ''])('knows no clock from the date "%s"', async (date) => {
    const port = await http((_, response) => response.setHeader('date', date).end('{}'));
    expect(await post(`http://127.0.0.1:${port}`)).toMatchObject({ text: '{}', date: undefined });
  });

  it('reports a connection cut before the answer', async () => {
    const port = await tcp((socket) => socket.destroy());
    expect(await post(`http://127.0.0.1:${port}`)).toMatchObject({ kind: 'lost', reason: 'cut' });
  });

  it('reports a connection cut within the answer', async () => {
    const port = await tcp((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"'));
    expect(await post(`http://127.0.0.1:${port}`)).toMatchObject({ kind: 'lost', reason: 'cut' });
  });

  it('reports what is no HTTP', async () => {
    const port = await tcp((socket) => socket.end('hello\r\n\r\n'));
    expect(await post(`http://127.0.0.1:${port}`)).toMatchObject({ kind: 'lost', reason: 'unreadable' });
  });

  it.each([
    ['a silent server', (): void => {}],
    ['a dripping body', (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n')],
    ['a dripping head', (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\nx-a: ')],
  ])('ends at the total deadline: %s', async (_, onData) => {
    const port = await tcp(onData);
    const start = performance.now();
    expect(await post(`http://127.0.0.1:${port}`, 400)).toMatchObject({ kind: 'lost', reason: 'timeout' });
    expect(performance.now() - start).toBeLessThan(650);
  });

  it.each([301, 302, 307, 308, 404, 429, 500])('reports status %d and follows nothing', async (status) => {
    let calls = 0;
    const port = await http((request, response) => {
      calls += 1;
      response
        .writeHead(status, { location: `http://${request.headers.host}/elsewhere` })
        .end('x'.repeat(100_000));
    });
    expect(await post(`http://127.0.0.1:${port}`)).toMatchObject({ kind: 'answer', status });
    expect(calls).toBe(1);
  });

  it.each([
    ['bytes that are no UTF-8', 'application/json', Buffer.from([0x22, 0xb3, 0xc9, 0x22])],
    ['another declared charset', 'application/json; charset="GBK"', Buffer.from('{"error":0}')],
  ])('reads no %s', async (_, type, body) => {
    const port = await http((_request, response) =>
      response.writeHead(200, { 'content-type': type }).end(body),
    );
    expect(await post(`http://127.0.0.1:${port}`)).toMatchObject({
      kind: 'answer',
      status: 200,
      text: undefined,
    });
  });

  it.each([
    [128 * 1024, { kind: 'answer', status: 200 }],
    [128 * 1024 + 1, { kind: 'lost', reason: 'unreadable', code: 'ANSWER_TOO_LARGE' }],
  ])('with an answer of %d bytes', async (size, reply) => {
    const port = await http((_, response) => response.end('x'.repeat(size)));
    expect(await post(`http://127.0.0.1:${port}`)).toMatchObject(reply);
  });

  it('uses a fresh socket after one was left with an unfinished answer', async () => {
    const client = new UndiciVendorHttp();
    let calls = 0;
    const port = await http((_, response) => {
      calls += 1;
      if (calls > 1) response.end('ok');
    });
    expect(await post(`http://127.0.0.1:${port}`, 100, client)).toMatchObject({
      kind: 'lost',
      reason: 'timeout',
    });
    expect(await post(`http://127.0.0.1:${port}`, 2_000, client)).toMatchObject({
      kind: 'answer',
      text: 'ok',
    });
  });
});

function drip(socket: Socket, head: string): void {
  socket.write(head);
  const timer = setInterval(() => socket.write('x'), 50);
  socket.on('close', () => clearInterval(timer));
}
