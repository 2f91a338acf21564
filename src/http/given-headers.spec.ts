import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GivenHeadersResponse, giveHeaders, type Header } from './given-headers';

const GIVEN: readonly Header[] = [
  ['X-Given', 'given', 'x-given'],
  ['Cache-Control', 'no-store', 'cache-control'],
];

let server: Server;
let answer: (response: ServerResponse) => void;

async function headersOf(write: (response: ServerResponse) => void): Promise<Record<string, string>> {
  answer = write;
  const { port } = server.address() as AddressInfo;
  const { headers } = await fetch(`http://127.0.0.1:${port}/`);
  return Object.fromEntries(headers);
}

describe.each([
  ['a response of Node', {}],
  ['a response that is given headers', { ServerResponse: GivenHeadersResponse }],
])('%s', (_, options) => {
  beforeAll(async () => {
    server = createServer(options, (request, response) => {
      giveHeaders(response, GIVEN);
      answer(response);
      request.resume();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['when nothing else is said', (response) => response.end()],
    ['beside those of the head', (response) => response.writeHead(200, { 'x-own': '1' }).end()],
    ['beside a reason', (response) => response.writeHead(200, 'Good', { 'x-own': '1' }).end()],
    ['beside a list', (response) => response.writeHead(200, ['x-own', '1']).end()],
    ['beside those that were set', (response) => response.setHeader('x-own', '1').end()],
    [
      'beside both',
      (response) =>
        response
          .setHeader('x-set', '1')
          .writeHead(200, { 'x-own': ['1', '2'] })
          .end(),
    ],
    ['with a body', (response) => response.end('x')],
  ])('has them %s', async (_, write) => {
    expect(await headersOf(write)).toMatchObject({ 'x-given': 'given', 'cache-control': 'no-store' });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['in the head', (response) => response.writeHead(200, { 'cache-control': 'public' }).end()],
    ['by itself', (response) => response.setHeader('Cache-Control', 'public').end()],
    [
      'in both',
      (response) => response.setHeader('x-own', '1').writeHead(200, { 'cache-control': 'public' }).end(),
    ],
  ])('lets the answer replace one %s', async (_, write) => {
    expect(await headersOf(write)).toMatchObject({ 'x-given': 'given', 'cache-control': 'public' });
  });
});
