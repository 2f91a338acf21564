import type { Dispatcher } from 'undici';

import { VendorExchange, type VendorReply } from './vendor-exchange';

export interface VendorRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Total deadline in milliseconds: name lookup, connection, request and the last byte of the answer. */
  readonly timeoutMs: number;
}

/** A call without a body: it asks and changes nothing. */
export type VendorQuestion = Omit<VendorRequest, 'body'>;

/** The one way from this process to a gateway. Injected, so that a test needs no module mock. */
export interface VendorHttp {
  /** @returns what became of the call; never rejects for what the network or the other side did */
  post(request: VendorRequest): Promise<VendorReply>;
  /** The same for a call without a body. */
  get(request: VendorQuestion): Promise<VendorReply>;
  /** Waits for calls under way, then closes every socket. */
  close(): Promise<void>;
}

/** Looking a host up, TCP and TLS together, in milliseconds. */
const CONNECT_TIMEOUT_MS = 2_000;
// A gateway may close an idle socket in the very moment it is used again, and such a call counts as "may have been
// taken". So sockets are kept only as long as a burst needs them, well below any server's own idle limit.
const IDLE_SOCKET_MS = 1_000;

/**
 * {@link VendorHttp} on undici: TLS verified, no redirect followed, nothing retried.
 *
 * `dispatch` is used and not `fetch` or `request`, since only its handler tells when a request is about to be written:
 * that moment divides "refused, nothing happened" from "may have been taken".
 */
export class UndiciVendorHttp implements VendorHttp {
  private agent?: Promise<Dispatcher>;

  /** @param connectTimeoutMs a test shortens it */
  constructor(private readonly connectTimeoutMs = CONNECT_TIMEOUT_MS) {}

  post({ body, ...question }: VendorRequest): Promise<VendorReply> {
    return this.dispatch('POST', question, body);
  }

  get(question: VendorQuestion): Promise<VendorReply> {
    return this.dispatch('GET', question, null);
  }

  async close(): Promise<void> {
    const agent = this.agent;
    this.agent = undefined;
    await (await agent)?.close();
  }

  private async dispatch(
    method: 'GET' | 'POST',
    { url, headers, timeoutMs }: VendorQuestion,
    body: string | null,
  ): Promise<VendorReply> {
    const agent = await (this.agent ??= this.open());
    const exchange = new VendorExchange(
      AbortSignal.timeout(timeoutMs),
      Math.min(this.connectTimeoutMs, timeoutMs),
    );
    const path = url.pathname + url.search;
    agent.dispatch({ origin: url.origin, path, method, headers: { ...headers }, body }, exchange);
    return exchange.reply;
  }

  /** The library takes 19 MiB: a process that sends nothing does without. */
  private async open(): Promise<Dispatcher> {
    const { Agent } = await import('undici');
    return new Agent({
      connect: { timeout: this.connectTimeoutMs },
      keepAliveTimeout: IDLE_SOCKET_MS,
      keepAliveMaxTimeout: IDLE_SOCKET_MS,
      // The deadline of the whole exchange replaces undici's own timers, which start anew with every byte.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
}
