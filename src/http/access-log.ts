import { Logger } from '@nestjs/common';
import { redactText } from '../common/redaction';
import type { EndedRequest } from './watch-requests';

// What follows the gateway's name is a secret, whatever it looks like.
const HOOK = /^(.*\/hooks\/[^/]*\/[^/]*\/).+$/;
const ID_LIKE = /^(?=.*\d).{5,}$|^.{21,}$/;

/** What is logged of one request. */
export interface AccessLine {
  readonly method: string;
  /** Template of the route, or the path without what looks like an id. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly requestId: string;
  /** Of the request's span, where it is traced. */
  readonly trace_id?: string;
  readonly span_id?: string;
}

const logger = new Logger('HTTP');

/** The way of any other log line. Its search for secrets costs more than the rest of a small request. */
const throughLogger = (line: AccessLine) => logger.log(`${line.method} ${line.route} ${line.status}`, line);

/** Logs one line per request: method, route, status, milliseconds. Never the query, nor what stands in the path for an id. */
export function accessLog(write: (line: AccessLine) => void = throughLogger) {
  return ({ method, route, path, status, ms, requestId, span }: EndedRequest): void =>
    write({
      method,
      route: route ?? namelessPath(path),
      status,
      ms: Math.round(ms * 10) / 10,
      requestId,
      ...(span && { trace_id: span.traceId, span_id: span.spanId }),
    });
}

/** A path without what looks like an id, a token or a number. */
export function namelessPath(path: string): string {
  const segments = path.slice(0, 200).replace(HOOK, '$1:id').split('/');
  return redactText(segments.map((segment) => (ID_LIKE.test(segment) ? ':id' : segment)).join('/'));
}
