import type { Dispatcher } from 'undici';

/** What became of one HTTP call. */
export type VendorReply =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Body of a 2xx answer; absent when it is not UTF-8. Of other answers only the status counts. */
      readonly text?: string;
      /** The other side's clock when it answered, milliseconds since the Unix epoch; absent when it did not say. */
      readonly date?: number;
    }
  /** Nothing was written: name lookup, connection or TLS failed. `code` is the error's name, e.g. `ECONNREFUSED`. */
  | { readonly kind: 'unreached'; readonly code: string }
  /** The request may have been taken. */
  | { readonly kind: 'lost'; readonly reason: 'timeout' | 'cut' | 'unreadable'; readonly code: string };

// The longest honest answer tells of 200 numbers one by one and takes some 60 KiB.
const MAX_ANSWER_BYTES = 128 * 1024;

type Controller = Dispatcher.DispatchController;
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

/** Follows one request through undici and settles exactly once. */
export class VendorExchange implements Dispatcher.DispatchHandler {
  readonly reply: Promise<VendorReply>;
  private resolve: (reply: VendorReply) => void;
  private settled = false;
  private written = false;
  private controller?: Controller;
  private readonly connectTimer: NodeJS.Timeout;
  private status = 0;
  private charset = 'utf-8';
  private date?: number;
  private size = 0;
  private readonly chunks: Buffer[] = [];

  constructor(
    private readonly deadline: AbortSignal,
    connectTimeoutMs: number,
  ) {
    this.reply = new Promise((resolve) => (this.resolve = resolve));
    // undici's own timers are coarse (about a second), so that the limits are kept here.
    this.connectTimer = setTimeout(() => {
      if (!this.written) this.settle({ kind: 'unreached', code: 'CONNECT_TIMEOUT' });
    }, connectTimeoutMs);
    deadline.addEventListener('abort', this.onDeadline);
  }

  /** undici calls this on a connected socket, just before it writes the head of the request. */
  onRequestStart(controller: Controller): void {
    // Settled: the caller was told that nothing is written. Written: undici is about to send it a second time.
    if (this.settled || this.written) return controller.abort(new Error('not to be written'));
    this.written = true;
    this.controller = controller;
  }

  onResponseStart(_: Controller, status: number, headers: Headers): void {
    if (status < 200) return;
    this.status = status;
    this.charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(String(headers['content-type'] ?? ''))?.[1] ?? 'utf-8';
    const date = Date.parse(String(headers.date));
    if (!Number.isNaN(date)) this.date = date;
    if (status >= 300) this.settle({ kind: 'answer', status, date: this.date });
  }

  onResponseData(_: Controller, chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size > MAX_ANSWER_BYTES) {
      this.settle({ kind: 'lost', reason: 'unreadable', code: 'ANSWER_TOO_LARGE' });
    } else {
      this.chunks.push(chunk);
    }
  }

  onResponseEnd(): void {
    this.controller = undefined; // The socket is free again and may already carry the next request.
    this.settle({
      kind: 'answer',
      status: this.status,
      text: decode(Buffer.concat(this.chunks), this.charset),
      date: this.date,
    });
  }

  onResponseError(_: Controller, error: Error & { code?: string }): void {
    const code = error.code ?? error.name;
    if (!this.written) return this.settle({ kind: 'unreached', code });
    this.settle({ kind: 'lost', reason: error.name === 'HTTPParserError' ? 'unreadable' : 'cut', code });
  }

  private readonly onDeadline = (): void => {
    this.settle(
      this.written
        ? { kind: 'lost', reason: 'timeout', code: 'DEADLINE' }
        : { kind: 'unreached', code: 'CONNECT_TIMEOUT' },
    );
  };

  private settle(reply: VendorReply): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.connectTimer);
    this.deadline.removeEventListener('abort', this.onDeadline);
    this.resolve(reply);
    // A socket with an unfinished answer on it must not be used again.
    this.controller?.abort(new Error('settled'));
  }
}

/** The three protocols are UTF-8: an answer that says or shows otherwise did not come from their application. */
function decode(body: Buffer, charset: string): string | undefined {
  if (!/^(utf-?8|us-ascii)$/i.test(charset)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}
