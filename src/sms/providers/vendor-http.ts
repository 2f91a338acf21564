import { LazyAgent } from '../../common/lazy-agent';
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

/**
 * {@link VendorHttp} on undici: TLS verified, no redirect followed, nothing retried.
 *
 * `dispatch` is used and not `fetch` or `request`, since only its handler tells when a request is about to be written:
 * that moment divides "refused, nothing happened" from "may have been taken".
 */
export class UndiciVendorHttp implements VendorHttp {
  private readonly agent: LazyAgent;

  /** @param connectTimeoutMs a test shortens it */
  constructor(connectTimeoutMs = CONNECT_TIMEOUT_MS) {
    this.agent = new LazyAgent(connectTimeoutMs);
  }

  post({ body, ...question }: VendorRequest): Promise<VendorReply> {
    return this.dispatch('POST', question, body);
  }

  get(question: VendorQuestion): Promise<VendorReply> {
    return this.dispatch('GET', question, null);
  }

  close(): Promise<void> {
    return this.agent.close();
  }

  private async dispatch(
    method: 'GET' | 'POST',
    { url, headers, timeoutMs }: VendorQuestion,
    body: string | null,
  ): Promise<VendorReply> {
    const agent = await this.agent.get();
    const exchange = new VendorExchange(
      AbortSignal.timeout(timeoutMs),
      Math.min(this.agent.connectTimeoutMs, timeoutMs),
    );
    const path = url.pathname + url.search;
    agent.dispatch({ origin: url.origin, path, method, headers: { ...headers }, body }, exchange);
    return exchange.reply;
  }
}
