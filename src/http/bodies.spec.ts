import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { problemFrom } from '../common/problem-from-exception';
import { bodyReader, type ReadRequest } from './bodies';

interface Read {
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly refused?: string;
}

let server: Server;
let port: number;
let reads: Read[] = [];

beforeAll(async () => {
  const readBody = bodyReader('v1');
  const read = async (request: ReadRequest): Promise<Read> => {
    try {
      await readBody(request);
      return { body: request.body, rawBody: request.rawBody?.toString('latin1') };
    } catch (error) {
      return { refused: problemFrom(error).code };
    }
  };
  server = createServer((request, response) => {
    void read(request).then((outcome) => {
      reads.push(outcome);
      response.end(JSON.stringify(outcome));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => void (reads = []));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function send(
  path: string,
  body: string | Buffer | undefined,
  headers: Record<string, string> = {},
): Promise<Read> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: bytes, headers });
  return (await answer.json()) as Read;
}

const json = (body: string | Buffer, type = 'application/json', path = '/v1/things') =>
  send(path, body, { 'Content-Type': type });
const FORM = 'application/x-www-form-urlencoded';

describe('a body of the API', () => {
  it.each([
    ['{"a":[1,"林"]}', { a: [1, '林'] }],
    ['\ufeff{"a":1}', { a: 1 }],
    ['"text"', 'text'],
    ['null', null],
  ])('%s is read', async (text, body) => {
    expect(await json(text)).toEqual({ body });
  });

  it.each(['application/json;charset=utf-8', 'Application/JSON; Charset="UTF-8"', 'application/ld+json'])(
    'is read as %s',
    async (type) => {
      expect(await json('{"a":1}', type)).toEqual({ body: { a: 1 } });
    },
  );

  it.each([
    ['MALFORMED_BODY', '{"a"', 'application/json'],
    ['MALFORMED_BODY', Buffer.from('{"a":"\xff"}', 'latin1'), 'application/json'],
    ['MALFORMED_BODY', '['.repeat(60_000), 'application/json'],
    ['UNSUPPORTED_MEDIA_TYPE', '{}', 'application/json; charset=gbk'],
    ['UNSUPPORTED_MEDIA_TYPE', Buffer.from('{}', 'utf16le'), 'application/json; charset=utf-16'],
    ['BODY_TOO_LARGE', `"${'x'.repeat(65_536)}"`, 'application/json'],
  ])('is refused with %s: %.20s', async (code, body, type) => {
    expect(await json(body, type)).toEqual({ refused: code });
  });

  it('may have 64 kB, compressed or not', async () => {
    const text = `"${'x'.repeat(65_534)}"`;
    expect((await json(text)).body).toHaveLength(65_534);
    for (const [coding, compress] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
    ] as const) {
      const headers = { 'Content-Type': 'application/json', 'Content-Encoding': coding };
      expect((await send('/v1/things', compress(text), headers)).body).toHaveLength(65_534);
      expect(await send('/v1/things', compress(`${text} `), headers)).toEqual({ refused: 'BODY_TOO_LARGE' });
      expect(await send('/v1/things', 'nonsense', headers)).toEqual({ refused: 'MALFORMED_BODY' });
    }
  });

  it('in a coding that is not known, or in two, is refused', async () => {
    for (const coding of ['compress', 'gzip, gzip', 'constructor']) {
      const headers = { 'Content-Type': 'application/json', 'Content-Encoding': coding };
      expect(await send('/v1/things', '{}', headers)).toEqual({ refused: 'UNSUPPORTED_MEDIA_TYPE' });
    }
  });

  it('of another type is left to the route', async () => {
    expect(await json('a=1', FORM)).toEqual({});
    expect(await json('text', 'text/plain')).toEqual({});
    expect(await json('--x--', 'multipart/form-data; boundary=x')).toEqual({});
    expect(await send('/v1/things', undefined)).toEqual({});
  });

  it('with a type and no content is an empty one', async () => {
    expect(await send('/v1/things', undefined, { 'Content-Type': 'application/json' })).toEqual({ body: {} });
  });

  it('whose client leaves in the middle is given up', async () => {
    const head =
      'POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n';
    const socket = connect(port, '127.0.0.1', () => socket.write(`${head}{"a`, () => socket.destroy()));
    await once(socket, 'close');
    while (reads.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(reads).toEqual([{ refused: 'MALFORMED_BODY' }]);
  });
});

describe('a form', () => {
  it('is read below /oauth/', async () => {
    expect(await json('token=a%20b&x=1&x=2&__proto__=1', FORM, '/v1/oauth/introspect')).toEqual({
      body: JSON.parse('{"token":"a b","x":["1","2"],"__proto__":"1"}') as unknown,
    });
  });

  it('has 1000 fields at the most', async () => {
    const fields = (count: number) => Array.from({ length: count }, (_, id) => `f${id}=1`).join('&');
    const { body } = await json(fields(1_000), FORM, '/v1/oauth/introspect');
    expect(Object.keys(body as object)).toHaveLength(1_000);
    expect(await json(fields(1_001), FORM, '/v1/oauth/introspect')).toEqual({ refused: 'BODY_TOO_LARGE' });
  });

  it('may be Latin-1, and nothing older', async () => {
    const bytes = Buffer.from('a=\xe9', 'latin1');
    const typed = (charset: string) => json(bytes, `${FORM}; charset=${charset}`, '/v1/oauth/introspect');
    expect(await typed('iso-8859-1')).toEqual({ body: { a: 'é' } });
    expect(await typed('koi8-r')).toEqual({ refused: 'UNSUPPORTED_MEDIA_TYPE' });
  });
});

describe('a push to a hook', () => {
  it.each([
    ['application/json', '{"a":1}', { a: 1 }],
    [FORM, 'a=1', { a: '1' }],
    ['application/xml', '<a/>', '<a/>'],
    ['nonsense', '{"a":1}', '{"a":1}'],
  ])('of the type %s is read, and its bytes are kept', async (type, text, body) => {
    expect(await json(text, type, '/v1/hooks/sms/vendor/token')).toEqual({ body, rawBody: text });
  });

  it('keeps bytes that are no UTF-8', async () => {
    const bytes = Buffer.from('"\xb3\xc9"', 'latin1');
    expect((await json(bytes, 'application/json', '/v1/hooks/sms/vendor/token')).rawBody).toBe('"\xb3\xc9"');
  });

  it('may have 4 MB', async () => {
    const hook = (length: number) => json('x'.repeat(length), 'text/plain', '/v1/hooks/sms/vendor/token');
    expect((await hook(4 * 1024 * 1024)).body).toHaveLength(4 * 1024 * 1024);
    expect(await hook(4 * 1024 * 1024 + 1)).toEqual({ refused: 'BODY_TOO_LARGE' });
  });
});
