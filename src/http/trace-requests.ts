import type { Context, Span } from '@opentelemetry/api';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { parseTraceParent } from '../common/trace-context';
import { currentTracing, noteOn, spanContextOf, type Tracing } from '../common/tracing';
import { namelessPath } from './access-log';
import { methodName } from './method-name';
import { isProbe, routeOf } from './watch-requests';

const HOST = /^([\w.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * One server span per request, in the trace of the caller's `traceparent` when it sends a valid one. Names are those of
 * https://opentelemetry.io/docs/specs/semconv/http/http-spans/ (1.44); path, address and user agent of the caller are left out
 * as far as they could tell who it is.
 */
export function traceRequest(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  next: () => void,
): void {
  const tracing = currentTracing();
  if (!tracing || isProbe(path)) return next();
  const { api, tracer } = tracing;
  const active = api.context.active();
  // An instrumentation of Node's HTTP server has made one already: it needs only what it can't know.
  const existing = api.trace.getSpan(active);
  if (existing) {
    response.once('close', () => nameAfterRoute(tracing, existing, request));
    return next();
  }
  const parent = callersContext(tracing, active, request);
  const span = tracer.startSpan(methodName(request.method, 'HTTP'), { kind: api.SpanKind.SERVER }, parent);
  noteOn(tracing, span, beginning(request, path));
  response.once('close', () => end(tracing, span, request, response));
  api.context.with(api.trace.setSpan(parent, span), next);
}

function callersContext({ api }: Tracing, active: Context, { headers }: IncomingMessage): Context {
  const caller = parseTraceParent(headers.traceparent);
  if (!caller) return active;
  const state = headers.tracestate;
  const traceState = typeof state === 'string' ? api.createTraceState(state) : undefined;
  return api.trace.setSpanContext(active, { ...spanContextOf(caller, api), traceState });
}

function beginning(request: IncomingMessage, path: string) {
  return {
    'http.request.method': methodName(request.method),
    'url.path': namelessPath(path),
    'url.scheme': request.socket instanceof TLSSocket ? 'https' : 'http',
    'server.address': HOST.exec(request.headers.host ?? '')?.[1],
    'server.port': request.socket.localPort,
    'network.protocol.version': request.httpVersion,
  };
}

function end(tracing: Tracing, span: Span, request: IncomingMessage, response: ServerResponse): void {
  const { statusCode, writableFinished } = response;
  nameAfterRoute(tracing, span, request);
  noteOn(tracing, span, {
    'http.response.status_code': response.headersSent ? statusCode : undefined,
    // A 4xx is the caller's fault, and no failure of ours; a caller that left before the answer is one of neither.
    'error.type': writableFinished && statusCode >= 500 ? String(statusCode) : undefined,
  });
  span.end();
}

function nameAfterRoute(tracing: Tracing, span: Span, request: IncomingMessage): void {
  const route = routeOf(request);
  if (!route) return;
  span.updateName(`${methodName(request.method, 'HTTP')} ${route}`);
  noteOn(tracing, span, { 'http.route': route });
}
