import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { hasBody } from '../common/media-type.guard';

/** What a request says, on every platform that Nest runs on. */
export interface PrintedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** As it was parsed; nothing when no parser understood it. */
  readonly body?: unknown;
}

// Deeper than any body that a route takes.
const DEEPEST = 64;

/**
 * What makes two requests the same: method, path with query, and body. JSON is compared by what it means, because
 * clients that write it anew may write its members in another order.
 *
 * A body that is still to be read (multipart) is known by its type and length only. Its bytes would not help: clients
 * choose another boundary each time.
 */
export function requestPrint({ method, url, headers, body }: PrintedRequest): string {
  const content = body === undefined && hasBody(headers) ? unread(headers) : canonicalJson(body);
  return `${method} ${url}\n${content}`;
}

function unread(headers: IncomingHttpHeaders): string {
  const [type] = String(headers['content-type']).split(';');
  return `${type.trim().toLowerCase()} ${headers['content-length'] ?? '?'}`;
}

/** JSON with the members of every object in order. What lies deeper than any route takes is not told apart. */
export function canonicalJson(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  if (value instanceof Uint8Array) return createHash('sha256').update(value).digest('hex');
  if (depth >= DEEPEST) return '…';
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join()}]`;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member, depth + 1)}`).join()}}`;
}
