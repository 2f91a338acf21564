import { connect } from 'node:net';
import { GatecodeFastifyAdapter } from '../src/http/fastify.adapter';
import type { HttpPlatform } from '../src/http/platform';
import { Journey, newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

// A client can't tell the platforms apart: what is asked in the same way is answered in the same way.

interface Answer {
  readonly status: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const VOLATILE = ['date'];
const ID = '0197f5c6-1380-7013-8000-138001380001';
const JSON_TYPE = 'Content-Type: application/json';
const FORM_TYPE = 'Content-Type: application/x-www-form-urlencoded';

const apps = {} as Record<HttpPlatform, RunningApp>;

beforeAll(async () => {
  apps.express = await startApp({ ...WIDE, HTTP_ADAPTER: 'express' });
  apps.fastify = await startApp({ ...WIDE, HTTP_ADAPTER: 'fastify' }, apps.express.cluster);
});
afterAll(async () => {
  await apps.fastify.stop();
  await apps.express.stop();
});

/** Sends bytes as they are. */
async function ask({ url }: RunningApp, head: string, body = ''): Promise<Answer> {
  const text = await new Promise<string>((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(head + body));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
  const [top, ...rest] = text.split('\r\n\r\n');
  const [status, ...lines] = top.split('\r\n');
  const pairs = lines.map((line) => {
    const colon = line.indexOf(': ');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)] as const;
  });
  return {
    status,
    headers: Object.fromEntries(pairs.filter(([name]) => !VOLATILE.includes(name))),
    body: rest.join('\r\n\r\n'),
  };
}

function request(line: string, headers: readonly string[] = [], body = ''): [head: string, body: string] {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const all = ['Host: localhost', 'Connection: close', 'X-Request-Id: same-for-both', ...length, ...headers];
  return [`${line} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n`, body];
}

const bothOf = async (...parts: Parameters<typeof request>): Promise<[Answer, Answer]> => {
  const bytes = request(...parts);
  return [await ask(apps.express, ...bytes), await ask(apps.fastify, ...bytes)];
};

describe('Fastify answers as Express does', () => {
  it('and it is Fastify that answers', () => {
    expect(apps.fastify.app.getHttpAdapter()).toBeInstanceOf(GatecodeFastifyAdapter);
    expect(apps.express.app.getHttpAdapter().getType()).toBe('express');
  });

  it.each<Parameters<typeof request>>([
    // Paths
    ['GET /'],
    ['GET /v1'],
    ['GET /v1/'],
    ['GET /v1/policies'],
    ['GET /v1/policies/'],
    ['GET /v1/policies//'],
    ['GET //v1/policies'],
    ['GET /V1/POLICIES'],
    ['GET /v1/policies?x=1&x=2&y[z]=3'],
    ['GET /v1/%70olicies'],
    ['GET /v1/policies%2f'],
    ['GET /v1/policies;x=1'],
    ['GET /v1/policies/../policies'],
    ['GET http://localhost/v1/policies'],
    ['GET http://localhost'],
    ['GET *'],
    ['OPTIONS *'],
    ['GET /v1/nothing'],
    ['GET /v1/nothing/%E0%A4%A'],
    ['GET /%E0%A4%A'],
    ['GET /v1/verifications/%E0%A4%A'],
    ['DELETE /v1/verifications/%E0%A4%A'],
    ['GET /v1/verifications/a%2Fb'],
    ['GET /v1/verifications/%00'],
    ['GET /v1/verifications//check'],
    [`GET /v1/verifications/${ID}`],
    [`GET /v1/verifications/${'x'.repeat(5_000)}`],
    ['GET /.well-known/nothing'],
    ['GET /dev/nothing'],
    ['GET /dev/inbox'],
    ['GET /demo/demo.js'],
    ['GET /demo/demo.css'],
    ['GET /demo/demo.html'],
    ['GET /demo/%2e%2e/demo.module.js'],
    ['GET /demo/nothing.js'],
    ['GET /dev/messages?to=nobody'],
    ['GET /dev/messages?unknown=1'],
    ['GET /dev/messages?to=%E0%A4%A'],
    ['GET /livez'],
    ['GET /readyz'],
    ['GET /docs-json'],
    // Methods
    ['HEAD /v1/policies'],
    ['HEAD /v1/nothing'],
    ['HEAD /livez'],
    ['HEAD /v1/sessions'],
    ['OPTIONS /v1/policies'],
    ['OPTIONS /v1/sessions/current'],
    ['OPTIONS /v1/nothing'],
    ['OPTIONS /livez'],
    ['OPTIONS /nothing'],
    ['DELETE /v1/policies'],
    ['PATCH /v1/sessions', [JSON_TYPE], '{}'],
    ['PUT /dev/inbox'],
    ['PUT /demo'],
    ['HEAD /demo/demo.js'],
    ['POST /livez'],
    ['TRACE /v1/policies'],
    ['PROPFIND /v1/policies'],
    ['QUERY /v1/policies'],
    ['POST /docs'],
    ['HEAD /docs-json'],
    ['GET /dev/%E0%A4%A'],
    ['GET /docs-yaml'],
    // Who asks
    ['GET /v1/users/me'],
    ['GET /v1/users/me', ['Authorization: Bearer x']],
    ['GET /v1/users/me', ['Authorization: Basic eDp4']],
    ['GET /v1/users/me', ['Authorization: Bearer x', 'Accept-Language: zh-CN']],
    ['GET /v1/admin/audit', ['Authorization: Bearer x.y.z']],
    // Bodies
    ['POST /v1/sessions'],
    ['POST /v1/sessions', ['Content-Length: 0']],
    ['POST /v1/sessions', [JSON_TYPE, 'Content-Length: 0']],
    ['POST /v1/sessions', [JSON_TYPE], '{}'],
    ['POST /v1/sessions', [JSON_TYPE], '{"grant":"password","identifier":1,"password":null,"x":{}}'],
    ['POST /v1/sessions', [JSON_TYPE], '{"grant":'],
    ['POST /v1/sessions', [JSON_TYPE], '\ufeff{"grant":"x"}'],
    ['POST /v1/sessions', [JSON_TYPE], '[]'],
    ['POST /v1/sessions', [JSON_TYPE], '1'],
    ['POST /v1/sessions', ['Content-Type: application/merge-patch+json'], '{}'],
    ['POST /v1/sessions', ['Content-Type: application/json; charset=utf-8'], '{}'],
    ['POST /v1/sessions', ['Content-Type: application/json; charset="UTF-8"'], '{}'],
    ['POST /v1/sessions', ['Content-Type: application/json; charset=utf-16'], '{}'],
    ['POST /v1/sessions', ['Content-Type: nonsense'], '{}'],
    ['POST /v1/sessions', ['Content-Type: '], '{}'],
    ['POST /v1/sessions', [], '{}'],
    ['POST /v1/sessions', [FORM_TYPE], 'grant=password'],
    ['POST /v1/sessions', ['Content-Type: multipart/form-data; boundary=x'], '--x--'],
    ['POST /v1/sessions', [JSON_TYPE, 'Content-Encoding: gzip'], 'not gzip'],
    ['POST /v1/sessions', [JSON_TYPE, 'Content-Encoding: compress'], '{}'],
    ['POST /v1/sessions', [JSON_TYPE, 'Transfer-Encoding: chunked'], ''],
    ['POST /v1/sessions', [JSON_TYPE], `{"x":"${'x'.repeat(70_000)}"}`],
    ['POST /v1/nothing', [JSON_TYPE], '{"broken"'],
    ['GET /v1/policies', [JSON_TYPE], '{"broken"'],
    ['GET /v1/policies', [JSON_TYPE], '{}'],
    ['DELETE /v1/sessions', [JSON_TYPE], '{"broken"'],
    [`POST /v1/verifications/${ID}/check`, [JSON_TYPE], '{"code":"123456"}'],
    [`POST /v1/verifications/${ID}/check`, [JSON_TYPE], '{"code":123456}'],
    [`DELETE /v1/verifications/${ID}`],
    ['POST /v1/hooks/sms/luosimao/wrong-token-wrong-token', [FORM_TYPE], 'a=1'],
    ['POST /v1/hooks/sms/nobody/wrong-token-wrong-token', ['Content-Type: nonsense'], 'a=1'],
    ['POST /v1/oauth/introspect', [FORM_TYPE], 'token=x'],
  ])('%#: %s', async (...parts) => {
    const bytes = request(...parts);
    // A chunked body that ends at once.
    if (bytes[0].includes('chunked')) bytes[1] = '0\r\n\r\n';
    const [express, fastify] = [await ask(apps.express, ...bytes), await ask(apps.fastify, ...bytes)];
    expect(express.status).toMatch(/^HTTP\/1\.1 [2-5]\d\d /);
    expect(fastify).toEqual(express);
  });

  it('with one set of keys', async () => {
    const [express, fastify] = await bothOf('GET /.well-known/jwks.json');
    expect(fastify).toEqual(express);
  });

  it.each(['/docs', '/docs/', '/docs/index.html', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js'])(
    'with the same %s',
    async (path) => {
      const [express, fastify] = await bothOf(`GET ${path}`);
      expect([fastify.status, fastify.body]).toEqual([express.status, express.body]);
      const type = ({ headers }: Answer) => headers['content-type'].toLowerCase();
      expect(type(fastify)).toBe(type(express));
      expect(fastify.headers['content-security-policy']).toBe(express.headers['content-security-policy']);
    },
  );

  it('with the same page to try it, which names the store of each', async () => {
    const [express, fastify] = await bothOf('GET /demo');
    const policy = ({ headers }: Answer, { url }: RunningApp) =>
      headers['content-security-policy'].replaceAll(url, '<store>');
    expect(policy(fastify, apps.fastify)).toBe(policy(express, apps.express));
    expect(policy(express, apps.express)).toContain("connect-src 'self' <store>; img-src 'self' <store>;");
    expect([fastify.status, fastify.body]).toEqual([express.status, express.body]);
    for (const { headers } of [express, fastify])
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
      });
  });

  it('with nothing for who climbs out of the folder of Swagger UI', async () => {
    for (const path of ['/docs/../package.json', '/docs/%2e%2e/package.json', '/docs/nothing.js']) {
      const [, fastify] = await bothOf(`GET ${path}`);
      expect(fastify.status).toBe('HTTP/1.1 404 Not Found');
    }
  });
});

describe('An account on Fastify', () => {
  it('is opened, used, moved to the other platform, and left', async () => {
    const { api } = apps.fastify;
    const phone = newPhone();
    const journey = new Journey(apps.fastify);
    await journey.register(phone, { nickname: 'Lin' });

    const proof = await journey.proven(phone);
    const session = (
      await api
        .post('/v1/sessions')
        .send({ grant: 'code', ...proof })
        .expect(201)
    ).body;
    const bearer = { Authorization: `Bearer ${session.accessToken}` };
    expect((await api.get('/v1/users/me').set(bearer).expect(200)).body).toMatchObject({
      phone,
      nickname: 'Lin',
    });
    const changed = await api.patch('/v1/users/me').set(bearer).send({ nickname: '林' }).expect(200);
    expect(changed.body.nickname).toBe('林');

    const { body: listed } = await apps.express.api.get('/v1/sessions').set(bearer).expect(200);
    expect(listed.items).toContainEqual(
      expect.objectContaining({ id: session.sessionId, ip: '127.0.0.0/24' }),
    );
    const renewed = await api
      .post('/v1/sessions/refresh')
      .send({ refreshToken: session.refreshToken })
      .expect(200);
    const fresh = { Authorization: `Bearer ${renewed.body.accessToken}` };
    await api.delete('/v1/sessions/current').set(fresh).expect(204);
    await api.get('/v1/users/me').set(fresh).expect(401);
  });
});
