import type { Context, Span, SpanOptions, Tracer } from '@opentelemetry/api';
import { formatTraceParent, parseTraceParent, type TraceParent } from './trace-context';

type Api = typeof import('@opentelemetry/api');

/** What is said of a piece of work. Never a code, a token, a number or an address; what is null or undefined is left out. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** For what is known only when the work is done. */
export interface SpanNotes {
  /** `error.type` among the attributes marks the work as failed. */
  set(attributes: SpanAttributes): void;
}

/** OpenTelemetry, where a host has installed and registered it. */
export interface Tracing {
  readonly api: Api;
  readonly tracer: Tracer;
}

const NAME = 'gatecode';
const NOBODY_READS: SpanNotes = { set: () => undefined };
// What @opentelemetry/core calls it: instrumentations of HTTP clients leave requests alone that carry it.
const SUPPRESSED = 'OpenTelemetry SDK Context Key SUPPRESS_TRACING';

let found: { readonly tracing: Tracing | undefined } | undefined;

/** Looks for OpenTelemetry anew. It is looked for once otherwise, since its SDK is registered before anything is served. */
export function lookForTracing(): void {
  const api = loadApi();
  const tracer = api && tracerOf(api);
  found = { tracing: api && tracer ? { api, tracer } : undefined };
}

/** @returns nothing without an SDK, and all that follows here then costs no more than this question */
export function currentTracing(): Tracing | undefined {
  if (!found) lookForTracing();
  return found?.tracing;
}

/** @returns the span that is under way; undefined outside of one, and without an SDK */
export function currentSpan(): TraceParent | undefined {
  const tracing = currentTracing();
  const context = tracing?.api.trace.getSpanContext(tracing.api.context.active());
  if (!context || !tracing?.api.isSpanContextValid(context)) return undefined;
  const { traceId, spanId, traceFlags } = context;
  return { traceId, spanId, isSampled: (traceFlags & tracing.api.TraceFlags.SAMPLED) !== 0 };
}

/** @returns the `traceparent` of what is under way, for a row or a job that is worked on later; undefined outside of a trace */
export function currentTraceParent(): string | undefined {
  const span = currentSpan();
  return span && formatTraceParent(span);
}

/**
 * Runs work that was asked for earlier, maybe by another instance: a trace of its own, linked to the one that asked.
 * @param traceParent what {@link currentTraceParent} was then
 */
export function withLinkedSpan<Result>(
  name: string,
  traceParent: string | null | undefined,
  attributes: SpanAttributes,
  work: (notes: SpanNotes) => Promise<Result>,
): Promise<Result> {
  const tracing = currentTracing();
  if (!tracing) return work(NOBODY_READS);
  const { api } = tracing;
  const producer = parseTraceParent(traceParent);
  const links = producer ? [{ context: spanContextOf(producer, api) }] : [];
  const options = { kind: api.SpanKind.CONSUMER, links };
  return run(tracing, name, { options, attributes, parent: api.ROOT_CONTEXT }, work);
}

/**
 * Runs a call of somebody else's system. No header of ours tells them of it, and no instrumentation of HTTP clients adds
 * one: what a trace holds is nobody else's business.
 */
export function withClientSpan<Result>(
  name: string,
  attributes: SpanAttributes,
  work: (notes: SpanNotes) => Promise<Result>,
): Promise<Result> {
  const tracing = currentTracing();
  if (!tracing) return work(NOBODY_READS);
  const options = { kind: tracing.api.SpanKind.CLIENT };
  return run(
    tracing,
    name,
    { options, attributes, parent: tracing.api.context.active(), isOurs: false },
    work,
  );
}

/** For a span that is written by hand. */
export function noteOn({ api }: Tracing, span: Span, attributes: SpanAttributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) span.setAttribute(name, value);
  }
  // Without a message: those of errors quote what they failed at.
  if (attributes['error.type']) span.setStatus({ code: api.SpanStatusCode.ERROR });
}

export function spanContextOf({ traceId, spanId, isSampled }: TraceParent, { TraceFlags }: Api) {
  return { traceId, spanId, traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true };
}

interface Frame {
  readonly options: SpanOptions;
  readonly attributes: SpanAttributes;
  readonly parent: Context;
  readonly isOurs?: boolean;
}

async function run<Result>(
  tracing: Tracing,
  name: string,
  { options, attributes, parent, isOurs = true }: Frame,
  work: (notes: SpanNotes) => Promise<Result>,
): Promise<Result> {
  const { api, tracer } = tracing;
  const span = tracer.startSpan(name, options, parent);
  const notes: SpanNotes = { set: (later) => noteOn(tracing, span, later) };
  notes.set(attributes);
  const inSpan = api.trace.setSpan(parent, span);
  const context = isOurs ? inSpan : inSpan.setValue(api.createContextKey(SUPPRESSED), true);
  try {
    return await api.context.with(context, work, undefined, notes);
  } catch (error) {
    notes.set({ 'error.type': error instanceof Error ? error.name : 'unknown' });
    throw error;
  } finally {
    span.end();
  }
}

/** An optional peer: a service that is not traced does without it. */
function loadApi(): Api | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- it may be missing, and is needed at once
    return require('@opentelemetry/api') as Api;
  } catch {
    return undefined;
  }
}

/** Until an SDK is registered, the API hands out a provider that has nobody to pass spans on to. */
function tracerOf({ trace }: Api): Tracer | undefined {
  const provider = trace.getTracerProvider();
  const proxy = provider as { getDelegateTracer?: (name: string) => Tracer | undefined };
  return proxy.getDelegateTracer ? proxy.getDelegateTracer(NAME) : provider.getTracer(NAME);
}
