import { Logger } from '@nestjs/common';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { accessLog } from './access-log';
import { pathOf } from './path';
import { requestIdOf } from './request-id';
import { watchRequests } from './watch-requests';

let server: Server;
let url: string;
const lines: [string, Record<string, unknown>][] = [];

beforeAll(async () => {
  jest
    .spyOn(Logger.prototype, 'log')
    .mockImplementation((...line) => void lines.push(line as (typeof lines)[0]));
  const watch = watchRequests([accessLog()]);
  server = createServer((request, response) => {
    watch(request, response, pathOf(request), requestIdOf(request));
    // What platforms leave on a request that a route has served.
    if (request.url?.startsWith('/v1/users')) Object.assign(request, { route: { path: '/v1/users/:id' } });
    response.statusCode = 201;
    response.end('x');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => void lines.splice(0));
afterAll(() => {
  jest.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

async function lineOf(path: string): Promise<(typeof lines)[0] | undefined> {
  await (await fetch(url + path, { headers: { 'X-Request-Id': 'request-1' } })).text();
  await new Promise((resolve) => setTimeout(resolve, 20));
  return lines[0];
}

describe('the access log', () => {
  it('has one line a request, with the route and without the query', async () => {
    expect(await lineOf('/v1/users/13800138000?token=s3cret')).toEqual([
      'GET /v1/users/:id 201',
      { method: 'GET', route: '/v1/users/:id', status: 201, ms: expect.any(Number), requestId: 'request-1' },
    ]);
    expect(lines).toHaveLength(1);
  });

  it.each([
    ['/v1/things/13800138000', '/v1/things/:id'],
    ['/v1/hooks/sms/tencent/AbCdEfGhIjKlMnOpQrStUvWx', '/v1/hooks/sms/tencent/:id'],
    ['/v1/hooks/sms/tencent/lettersOnly', '/v1/hooks/sms/tencent/:id'],
    ['/v1/hooks/sms/tencent/lettersOnly/more', '/v1/hooks/sms/tencent/:id'],
    ['/v1/verifications/0197f5c6-1380-7013-8000-138001380001/check', '/v1/verifications/:id/check'],
  ])('shows %s as %s', async (path, route) => {
    expect((await lineOf(path))?.[1].route).toBe(route);
  });

  it.each(['/livez', '/readyz', '/metrics', '/readyz?x=1'])('is silent about %s', async (path) => {
    expect(await lineOf(path)).toBeUndefined();
  });
});
