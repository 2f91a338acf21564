import type { IncomingHttpHeaders } from 'node:http';
import type { VendorPush } from './receipt-push';

/** A request as the platform hands it over. */
export interface HookRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body?: unknown;
  /** The body as it came, where the application keeps it. */
  readonly rawBody?: Buffer;
}

interface Adapter {
  getRequestMethod(request: object): unknown;
  getRequestUrl(request: object): unknown;
}

/** What a vendor sent, by its bytes where they were kept: what the platform made of them may have lost something. */
export function pushOf(request: HookRequest, adapter: Adapter): VendorPush {
  const [, query = ''] = String(adapter.getRequestUrl(request)).split('?', 2);
  return {
    method: String(adapter.getRequestMethod(request)).toUpperCase(),
    contentType: request.headers['content-type'],
    text: textOf(request),
    query: new URLSearchParams(query),
  };
}

function textOf({ rawBody, body }: HookRequest): string {
  if (rawBody) return rawBody.toString('utf8');
  if (typeof body === 'string') return body;
  return body === undefined || body === null ? '' : JSON.stringify(body);
}
