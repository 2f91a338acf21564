import { type Fate, type PushForm, type PushingVendor, WRITERS, type WrittenPush } from './receipt-writer';
import type { LedgerEntry } from './vendor-simulator';

/** What the service answered to one push. */
export interface PushAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: string;
}

export interface PushOptions extends PushForm {
  /** The service's hook, with its token. */
  readonly to: string;
}

/** `POST /__receipts`: push now, or with `auto` for every message from now on. */
interface PushRequest extends PushForm {
  readonly url: string;
  readonly providerMessageId?: string;
  readonly status?: Fate;
  readonly auto?: Fate;
  readonly afterMs?: number;
}

/** Reports to the service what became of messages, as the vendor does. */
export class ReceiptPusher {
  private auto?: { fate: Fate; options: PushOptions; afterMs: number };

  constructor(
    private readonly vendor: PushingVendor,
    private readonly ledger: readonly LedgerEntry[],
  ) {}

  /** @returns the answer to each request that it took */
  async push(entries: readonly LedgerEntry[], fate: Fate, options: PushOptions): Promise<PushAnswer[]> {
    const answers: PushAnswer[] = [];
    for (const written of WRITERS[this.vendor](entries, fate, options))
      answers.push(await send(options.to, written));
    return answers;
  }

  /** The vendor has just taken these. */
  taken(entries: readonly LedgerEntry[]): void {
    if (!this.auto || entries.length === 0) return;
    const { fate, options, afterMs } = this.auto;
    // A service that does not listen gets no second push: what comes of that is its affair.
    setTimeout(() => void this.push(entries, fate, options).catch(() => undefined), afterMs).unref();
  }

  /** Ends what {@link control} set up. */
  stop(): void {
    this.auto = undefined;
  }

  /** @param body of `POST /__receipts` */
  async control(body: string): Promise<object> {
    const { url, providerMessageId, status, auto, afterMs = 100, ...form } = JSON.parse(body) as PushRequest;
    const options = { ...form, to: url };
    if (auto) {
      this.auto = { fate: auto, options, afterMs };
      return { auto, afterMs };
    }
    const entries = this.ledger.filter(
      (entry) => providerMessageId === undefined || entry.providerMessageId === providerMessageId,
    );
    return { answers: await this.push(entries, status ?? 'delivered', options) };
  }
}

async function send(to: string, { method, query, contentType, body }: WrittenPush): Promise<PushAnswer> {
  const response = await fetch(query ? `${to}?${query.toString()}` : to, {
    method,
    ...(contentType && { headers: { 'content-type': contentType } }),
    ...(body !== undefined && { body }),
  });
  const answer = await response.text();
  return { status: response.status, contentType: response.headers.get('content-type'), body: answer };
}
