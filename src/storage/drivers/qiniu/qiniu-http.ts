import type { Dispatcher } from 'undici';

import { LazyAgent } from '../../../common/lazy-agent';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly origin: string;
  /** Path and query, as they are sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Buffer;
}

/** Looking a host up, TCP and TLS together, in milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;
// A page of a list holds 1000 names of up to 750 bytes.
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** HTTP to Qiniu: TLS verified, no redirect followed, nothing repeated. Rejects with undici's errors. */
export class QiniuHttp {
  private readonly agent: LazyAgent;

  /** @param connectTimeoutMs a test shortens it */
  constructor(connectTimeoutMs = CONNECT_TIMEOUT_MS) {
    this.agent = new LazyAgent(connectTimeoutMs);
  }

  /** One call, with its whole answer. */
  async call(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { statusCode, headers, body } = await this.open(request, signal);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) throw new Error('The answer is too long');
      chunks.push(chunk);
    }
    return { status: statusCode, headers, body: Buffer.concat(chunks) };
  }

  /**
   * One call, whose answer is read by the caller.
   * @param stallMs the longest pause before and within the answer
   */
  async open(request: HttpRequest, signal: AbortSignal, stallMs = 0): Promise<Dispatcher.ResponseData> {
    const agent = await this.agent.get();
    return agent.request({
      ...request,
      headers: { ...request.headers },
      signal,
      headersTimeout: stallMs,
      bodyTimeout: stallMs,
    });
  }

  /** Waits for nobody: a download may be open that is not read. */
  close(): Promise<void> {
    return this.agent.destroy();
  }
}
