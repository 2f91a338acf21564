import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from './support/eventually';
import { Gateways } from './support/gateways';
import { Journey, newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

const exporter = new InMemorySpanExporter();
let gateways: Gateways;
let app: RunningApp;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  gateways = await Gateways.start();
  app = await startApp({ ...WIDE, ...gateways.variables(['luosimao', 'tencent']) });
});
beforeEach(() => exporter.reset());
afterEach(() => gateways.reset());
afterAll(async () => {
  await app?.stop();
  await gateways?.stop();
  trace.disable();
  context.disable();
});

const spans = () => exporter.getFinishedSpans();
const named = (name: string) => eventually(`span ${name}`, () => spans().find((span) => span.name === name));
const idOf = (span: ReadableSpan) => span.spanContext().spanId;

function start(phone: string, headers: Record<string, string> = {}) {
  return app.api.post('/v1/verifications').set(headers).send({ phone, purpose: 'login' });
}

describe('A code on its way', () => {
  it('is one span of the request, one of its dispatch that links to it, and one per gateway', async () => {
    await gateways.of('luosimao').fault({ kind: 'refuse', code: '-20' }, 1);
    const phone = newPhone();
    const { body } = await start(phone, {
      traceparent: `00-${TRACE}-${PARENT}-01`,
      tracestate: 'a=1',
    }).expect(202);

    const request = await named('POST /v1/verifications');
    expect(request.kind).toBe(SpanKind.SERVER);
    expect(request.spanContext().traceId).toBe(TRACE);
    expect(request.spanContext().traceState?.serialize()).toBe('a=1');
    expect(request.parentSpanContext).toMatchObject({ spanId: PARENT, isRemote: true });
    expect(request.status.code).toBe(SpanStatusCode.UNSET);
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/v1/verifications',
      'http.response.status_code': 202,
      'url.path': '/v1/verifications',
      'url.scheme': 'http',
      'server.address': '127.0.0.1',
      'server.port': expect.any(Number),
      'network.protocol.version': '1.1',
    });

    const [row] = await app.dataSource.query<{ id: string; trace_parent: string }[]>(
      'SELECT id, trace_parent FROM sms_messages WHERE reference = $1',
      [body.verificationId],
    );
    expect(row.trace_parent).toBe(`00-${TRACE}-${idOf(request)}-01`);

    const dispatch = await named('process sms_messages');
    expect(dispatch.kind).toBe(SpanKind.CONSUMER);
    expect(dispatch.parentSpanContext).toBeUndefined();
    expect(dispatch.spanContext().traceId).not.toBe(TRACE);
    expect(dispatch.links.map((link) => link.context)).toEqual([
      expect.objectContaining({ traceId: TRACE, spanId: idOf(request) }),
    ]);
    expect(dispatch.attributes).toMatchObject({ 'messaging.message.id': row.id, 'sms.purpose': 'login' });

    const calls = spans().filter(({ name }) => name === 'sms.send');
    expect(calls.map((call) => [call.kind, call.parentSpanContext?.spanId])).toEqual([
      [SpanKind.CLIENT, idOf(dispatch)],
      [SpanKind.CLIENT, idOf(dispatch)],
    ]);
    expect(calls.map(({ attributes }) => attributes)).toEqual([
      expect.objectContaining({
        'sms.provider': 'luosimao',
        'sms.outcome': 'refused',
        'error.type': 'refused B',
      }),
      expect.objectContaining({ 'sms.provider': 'tencent', 'sms.outcome': 'accepted' }),
    ]);
    expect(calls.map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.UNSET]);
  });

  it('shows nothing of itself in what is traced', async () => {
    const phone = newPhone();
    const { body } = await start(phone).expect(202);
    const { code } = await eventually('a message', () => gateways.taken(phone)[0]);
    const check = `/v1/verifications/${body.verificationId}/check`;
    await app.api
      .post(`${check}?phone=${phone.slice(1)}`)
      .send({ code })
      .expect(200);
    await named('POST /v1/verifications/:verificationId/check');
    await app.api
      .get(`/v1/hooks/${phone.slice(3)}`)
      .set('User-Agent', phone)
      .expect(404);
    const unknown = await eventually('span of an unknown path', () =>
      spans().find(({ name }) => name === 'GET'),
    );
    expect(unknown.attributes['url.path']).toBe('/v1/hooks/:id');
    const said = JSON.stringify(
      spans().map(({ name, attributes, events, links }) => [name, attributes, events, links]),
    );
    for (const secret of [phone.slice(3), `"${code}"`, `/${body.verificationId}`])
      expect(said).not.toContain(secret);
  });

  it('leaves no trace in the calls of a gateway', async () => {
    const heard: string[] = [];
    const gateway = createServer((request, response) => {
      heard.push(...Object.keys(request.headers));
      response.end('{"error":0,"msg":"ok"}');
    }).listen(0, '127.0.0.1');
    await once(gateway, 'listening');
    const { port } = gateway.address() as AddressInfo;
    const lonely = await startApp({
      ...WIDE,
      ...gateways.variables(['luosimao']),
      LUOSIMAO_BASE_URL: `http://127.0.0.1:${port}`,
    });
    await lonely.api.post('/v1/verifications').send({ phone: newPhone(), purpose: 'login' }).expect(202);
    expect((await named('sms.send')).attributes['sms.outcome']).toBe('accepted');
    expect(heard).toContain('authorization');
    expect(heard.filter((name) => /^(traceparent|tracestate|baggage|b3|x-request-id)$/.test(name))).toEqual(
      [],
    );
    await lonely.stop();
    gateway.close();
  });
});

describe('A request', () => {
  it.each([
    ['zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ['version ff', `ff-${TRACE}-${PARENT}-01`],
  ])('with a traceparent of %s begins a trace of its own', async (_, traceparent) => {
    await app.api.get('/v1/policies').set({ traceparent, tracestate: 'a=1' }).expect(200);
    const span = await named('GET /v1/policies');
    expect(span.parentSpanContext).toBeUndefined();
    expect(span.spanContext().traceId).not.toBe(TRACE);
    expect(span.spanContext().traceState).toBeUndefined();
  });

  it('that is refused is no failure of ours', async () => {
    await app.api.get('/v1/users/me').expect(401);
    const span = await named('GET /v1/users/me');
    expect(span.attributes['http.response.status_code']).toBe(401);
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('of a probe or a scraper is not traced', async () => {
    for (const path of ['/livez', '/readyz', '/metrics']) await app.api.get(path).expect(200);
    await app.api.get('/v1/policies').expect(200);
    await named('GET /v1/policies');
    expect(spans().map(({ name }) => name)).toEqual(['GET /v1/policies']);
  });

  it('that an instrumentation of the host traces already gets its route, and no second span', async () => {
    const tracer = trace.getTracer('host');
    const { url } = app;
    const server = app.app.getHttpServer();
    const [ours] = server.listeners('request') as ((...args: unknown[]) => void)[];
    server.removeListener('request', ours);
    const instrumented = (...args: unknown[]) =>
      tracer.startActiveSpan('GET', (span) => {
        (args[1] as NodeJS.EventEmitter).once('close', () => setImmediate(() => span.end()));
        ours(...args);
      });
    server.on('request', instrumented);
    try {
      await fetch(`${url}/v1/policies`);
      const span = await named('GET /v1/policies');
      expect(span.attributes).toEqual({ 'http.route': '/v1/policies' });
      expect(spans()).toHaveLength(1);
    } finally {
      server.removeListener('request', instrumented);
      server.on('request', ours);
    }
  });
});

describe('A webhook', () => {
  it('is linked to what it tells of, and carries its own trace to the receiver', async () => {
    const heard: IncomingHttpHeaders[] = [];
    const receiver = createServer((request, response) => {
      heard.push(request.headers);
      response.writeHead(204).end();
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;
    const teller = await startApp({
      ...WIDE,
      WEBHOOK_URLS: `http://127.0.0.1:${port}/hooks`,
      WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      WEBHOOK_EVENTS: 'verification.*',
    });
    const id = '0197f5c6-1380-7013-8000-138001380001';
    await teller.api.post(`/v1/verifications/${id}/check`).send({ code: '123456' }).expect(410);
    const request = await named('POST /v1/verifications/:verificationId/check');
    const process = await named('process webhooks');
    expect(process.links[0].context.spanId).toBe(idOf(request));
    const call = await named('POST');
    expect(call.parentSpanContext?.spanId).toBe(idOf(process));
    expect(call.attributes).toMatchObject({
      'http.response.status_code': 204,
      'server.address': '127.0.0.1',
    });
    expect(heard[0].traceparent).toBe(`00-${call.spanContext().traceId}-${idOf(call)}-01`);
    await teller.stop();
    receiver.closeAllConnections();
    receiver.close();
  });
});

describe('A whole visit', () => {
  it('works while it is traced', async () => {
    const visitor = await startApp(WIDE);
    try {
      const { accessToken } = await new Journey(visitor).register();
      await visitor.api.get('/v1/users/me').set('Authorization', `Bearer ${accessToken}`).expect(200);
      await named('GET /v1/users/me');
      expect(JSON.stringify(spans().map(({ attributes }) => attributes))).not.toContain(accessToken);
    } finally {
      await visitor.stop();
    }
  });
});
