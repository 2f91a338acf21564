import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ReceiptPusher, type PushAnswer, type PushOptions } from './receipt-pusher';
import type { Fate, PushingVendor } from './receipt-writer';
import { SimulatedAccount, type AccountSettings, type DeliveryReport } from './simulated-account';
import {
  FaultQueue,
  isTaken,
  playFault,
  writeAnswer,
  type Fault,
  type VendorAnswer,
} from './simulator-faults';

/** One message that the vendor took. */
export interface LedgerEntry {
  /** As the vendor got it, e.g. `13800138000` or `+8613800138000`. */
  readonly to: string;
  readonly code: string;
  readonly channel: 'sms' | 'voice';
  readonly providerMessageId: string;
  /** RFC 3339. */
  readonly receivedAt: string;
  /** Template parameters in their order, or the finished text. */
  readonly params: readonly string[];
  /** The client's own id of the message, where the protocol has one. */
  readonly clientMessageId?: string;
  readonly templateId?: string;
}

export interface VendorCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the vendor answers, and the messages it took. */
export interface Judgement {
  readonly answer: VendorAnswer;
  readonly messages?: readonly Omit<LedgerEntry, 'receivedAt'>[];
}

const MAX_BODY_BYTES = 64 * 1024;

/**
 * A gateway on loopback that is stricter than the real one: it checks every part of a call, keeps a ledger of what it
 * took, and plays faults on demand, by method or over HTTP:
 * `POST /__faults` `{"kind": "hang", "times": 2}` · `DELETE /__faults` · `GET /__ledger` · `DELETE /__ledger` ·
 * `POST /__account` `{"deposit": 0}` (simulated-account.ts) or `{"report": {"providerMessageId": …, "status": …}}` ·
 * `POST /__receipts` `{"url": …, "status": "delivered"}` or `{"url": …, "auto": "delivered"}` · `DELETE /__receipts`.
 */
export abstract class VendorSimulator {
  readonly ledger: LedgerEntry[] = [];
  /** Vendor calls that arrived, refused and broken ones too. */
  calls = 0;
  /** Told of each of them before it is judged. */
  onCall?: (call: VendorCall) => void;
  /** What stands behind the gateway; a test changes it with `account.set()`. */
  readonly account: SimulatedAccount = new SimulatedAccount();
  private readonly faults = new FaultQueue();
  private pusher?: ReceiptPusher;
  private readonly server = createServer((request, response) => {
    // A client that went away while its body was read is none of our business.
    this.handle(request, response).catch(() => response.destroy());
  });

  protected abstract readonly vendor: PushingVendor;
  /** Checks a call as the vendor does. */
  protected abstract judge(call: VendorCall): Judgement;
  /** The vendor's refusal with this code, for faults on demand. */
  protected abstract refusal(code: string, text: string, call: VendorCall): VendorAnswer;
  /** An answer without the value that says "accepted". */
  protected abstract readonly missing: VendorAnswer;

  private get receipts(): ReceiptPusher {
    return (this.pusher ??= new ReceiptPusher(this.vendor, this.ledger));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** @param port 0 takes a free one */
  listen(port = 0): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  }

  /** Plays a fault on the next calls, by default on all until {@link heal}. */
  fault(fault: Fault, times?: number): Promise<void> {
    this.faults.add(fault, times);
    return Promise.resolve();
  }

  /** Forgets all faults. */
  heal(): void {
    this.faults.clear();
  }

  /** The carrier's word on a message that was taken, for those who ask. */
  report(providerMessageId: string, status: DeliveryReport['status'], code: string): void {
    const receivedAt = Math.floor(Date.now() / 1_000);
    this.account.reports.push({ providerMessageId, status, code, receivedAt });
  }

  /**
   * Reports to the service what became of messages: receipt-pusher.ts.
   * @param messages entries of the ledger, or the vendor's id of one
   */
  deliver(
    messages: string | readonly LedgerEntry[],
    fate: Fate,
    options: PushOptions,
  ): Promise<PushAnswer[]> {
    const entries =
      typeof messages === 'string'
        ? this.ledger.filter(({ providerMessageId }) => providerMessageId === messages)
        : messages;
    return this.receipts.push(entries, fate, options);
  }

  /** Forgets messages, faults and what was changed of the account, for the next test. */
  reset(): void {
    this.ledger.length = 0;
    this.account.reset();
    this.receipts.stop();
    this.calls = 0;
    this.heal();
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://loopback');
    const body = await readBody(request);
    if (body === undefined)
      return writeAnswer(response, { status: 413, type: 'text/plain', body: 'too large' });
    const method = request.method ?? '';
    if (path.startsWith('/__')) return this.control(`${method} ${path}`, body, response);
    this.calls += 1;
    const call = { method, path, query, headers: request.headers, body };
    this.onCall?.(call);
    this.answer(call, response);
  }

  private answer(call: VendorCall, response: ServerResponse): void {
    response.setHeader('date', new Date(this.account.clock(Date.now())).toUTCString());
    const fault = this.faults.take(decodeLoosely(call.body));
    const judged = fault && !isTaken(fault) ? undefined : this.judge(call);
    const receivedAt = new Date().toISOString();
    const taken = (judged?.messages ?? []).map((message) => ({ ...message, receivedAt }));
    this.ledger.push(...taken);
    this.receipts.taken(taken);
    if (!fault) return writeAnswer(response, (judged as Judgement).answer);
    const answer =
      fault.kind === 'refuse' ? this.refusal(fault.code, fault.text ?? 'on demand', call) : judged?.answer;
    playFault(fault, response, answer ?? this.missing, this.missing);
  }

  private control(call: string, body: string, response: ServerResponse): void {
    const json = (status: number, value: unknown): void =>
      writeAnswer(response, { status, type: 'application/json', body: JSON.stringify(value) });
    switch (call) {
      case 'GET /__ledger':
        return json(200, { calls: this.calls, messages: this.ledger });
      case 'DELETE /__ledger':
        this.ledger.length = 0;
        this.calls = 0;
        return json(200, {});
      case 'DELETE /__faults':
        this.heal();
        return json(200, {});
      case 'POST /__faults': {
        const { times, ...fault } = JSON.parse(body) as Fault & { times?: number };
        void this.fault(fault, times);
        return json(200, {});
      }
      case 'POST /__account': {
        const { report, ...changes } = JSON.parse(body) as Partial<AccountSettings> & {
          report?: DeliveryReport;
        };
        if (report) this.report(report.providerMessageId, report.status, report.code);
        this.account.set(changes);
        return json(200, this.account.settings);
      }
      case 'POST /__receipts':
        return void this.receipts.control(body).then(
          (result) => json(200, result),
          (error: Error) => json(502, { error: error.message }),
        );
      case 'DELETE /__receipts':
        this.receipts.stop();
        return json(200, {});
      default:
        return json(404, {
          calls: [
            'GET|DELETE /__ledger',
            'POST|DELETE /__faults',
            'POST /__account',
            'POST|DELETE /__receipts',
          ],
        });
    }
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}

/** Form bodies spell characters as %XX; a body that is no form may hold a stray `%`. */
function decodeLoosely(body: string): string {
  try {
    return decodeURIComponent(body);
  } catch {
    return body;
  }
}
