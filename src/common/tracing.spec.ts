import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { JsonLogger } from './json-logger';
import { currentSpan, currentTraceParent, lookForTracing, withClientSpan, withLinkedSpan } from './tracing';

const SUPPRESSED = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const producer = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('Without an SDK', () => {
  beforeAll(() => lookForTracing());

  it('work is done, and nothing is noted', async () => {
    expect(await withLinkedSpan('dispatch', producer, {}, () => Promise.resolve(currentTraceParent()))).toBe(
      undefined,
    );
    const work = withClientSpan('sms.send', {}, (notes) => {
      notes.set({ outcome: 'accepted' });
      return Promise.resolve('done');
    });
    expect(await work).toBe('done');
  });
});

describe('With an SDK', () => {
  const exporter = new InMemorySpanExporter();
  const spans = () => exporter.getFinishedSpans();

  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    );
    lookForTracing();
  });
  beforeEach(() => exporter.reset());
  afterAll(() => {
    trace.disable();
    context.disable();
    lookForTracing();
  });

  it('work asked for earlier is a trace of its own, linked to the one that asked', async () => {
    await withClientSpan('outer', {}, () =>
      withLinkedSpan('dispatch', producer, { batch: 1 }, () => Promise.resolve()),
    );
    const [span] = spans();
    expect(span).toMatchObject({
      name: 'dispatch',
      kind: 4,
      attributes: { batch: 1 },
      parentSpanContext: undefined,
    });
    expect(span.links.map(({ context: link }) => link)).toEqual([
      expect.objectContaining({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }),
    ]);
  });

  it.each([null, undefined, '00-not-a-trace'])('work that nobody traced (%s) has no link', async (nobody) => {
    await withLinkedSpan('dispatch', nobody, {}, () => Promise.resolve());
    expect(spans()[0].links).toEqual([]);
  });

  it('a call is a part of what it is made for, and its outcome is noted', async () => {
    await withLinkedSpan('dispatch', producer, {}, () =>
      withClientSpan('sms.send', { provider: 'tencent' }, (notes) => {
        notes.set({ outcome: 'unknown', 'error.type': 'timeout', route: null });
        return Promise.resolve();
      }),
    );
    const [call, dispatch] = spans();
    expect(call.parentSpanContext?.spanId).toBe(dispatch.spanContext().spanId);
    expect(call).toMatchObject({
      kind: 2,
      attributes: { provider: 'tencent', outcome: 'unknown', 'error.type': 'timeout' },
      status: { code: 2 },
    });
    expect(call.attributes).not.toHaveProperty('route');
  });

  it('a call of another system carries no trace there', async () => {
    const suppressed = await withClientSpan('sms.send', {}, () =>
      Promise.resolve(context.active().getValue(SUPPRESSED)),
    );
    expect(suppressed).toBe(true);
  });

  it('a failure is named, and its message is not kept', async () => {
    const failing = withClientSpan('sms.send', {}, () => Promise.reject(new TypeError('for 13800138000')));
    await expect(failing).rejects.toThrow(TypeError);
    expect(spans()[0].attributes).toEqual({ 'error.type': 'TypeError' });
    expect(JSON.stringify([spans()[0].events, spans()[0].status])).not.toContain('13800138000');
  });

  it('a row remembers the span that wrote it', async () => {
    const [kept, span] = await withLinkedSpan('dispatch', null, {}, () =>
      Promise.resolve([currentTraceParent(), currentSpan()] as const),
    );
    expect(kept).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
    expect(currentTraceParent()).toBeUndefined();
  });

  it('log lines name the span they were written in', async () => {
    const lines: string[] = [];
    const out = jest
      .spyOn(process.stdout, 'write')
      .mockImplementation((line) => lines.push(String(line)) > 0);
    const logger = new JsonLogger();
    const span = await withLinkedSpan('dispatch', null, {}, () => {
      logger.log('inside');
      return Promise.resolve(currentSpan());
    });
    logger.log('outside');
    out.mockRestore();
    const [inside, outside] = lines.map((line) => JSON.parse(line));
    expect(inside).toMatchObject({ msg: 'inside', trace_id: span?.traceId, span_id: span?.spanId });
    expect(outside).not.toHaveProperty('trace_id');
  });
});
