import type { ServerResponse } from 'node:http';

/** Bodies with status 200 that are no answer; `missing` is a tidy answer without its success value. */
export type Garbage = 'html' | 'empty' | 'truncated' | 'err-key' | 'missing' | 'charset';

type FaultKind =
  /** The vendor's own refusal; `text` are its words. */
  | { readonly kind: 'refuse'; readonly code: string; readonly text?: string }
  | { readonly kind: 'status'; readonly status: number }
  /** No answer, connection open. */
  | { readonly kind: 'hang' }
  /** The right answer, late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The connection ends before an answer. */
  | { readonly kind: 'cut' }
  /** The message is taken, then the connection ends. */
  | { readonly kind: 'accept-then-cut' }
  | { readonly kind: 'garbage'; readonly body: Garbage }
  | { readonly kind: 'redirect'; readonly location: string }
  /** The right answer, one byte at a time. */
  | { readonly kind: 'drip'; readonly ms?: number };

export type Fault = FaultKind & {
  /** Only for calls whose body holds this number (digits as the vendor takes them). */
  readonly to?: string;
  /** Whether the vendor takes the message before the fault plays; each kind has the more natural default. */
  readonly taken?: boolean;
};

const TAKEN_BY_DEFAULT: ReadonlySet<Fault['kind']> = new Set([
  'slow',
  'accept-then-cut',
  'garbage',
  'drip',
] as const);

export function isTaken(fault: Fault): boolean {
  return fault.taken ?? TAKEN_BY_DEFAULT.has(fault.kind);
}

/** Faults waiting to be played, in the order they were asked for. */
export class FaultQueue {
  private waiting: { fault: Fault; times: number }[] = [];

  add(fault: Fault, times = Infinity): void {
    this.waiting.push({ fault, times });
  }

  clear(): void {
    this.waiting = [];
  }

  /** @param body decoded body of a call */
  take(body: string): Fault | undefined {
    const next = this.waiting.find(({ fault, times }) => times > 0 && (!fault.to || body.includes(fault.to)));
    if (next) next.times -= 1;
    return next?.fault;
  }
}

export interface VendorAnswer {
  readonly status?: number;
  readonly type: string;
  readonly body: string;
}

export function writeAnswer(response: ServerResponse, { status = 200, type, body }: VendorAnswer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

/**
 * Plays a fault on a call.
 * @param answer what the vendor would have answered
 * @param missing the vendor's answer without its success value
 */
export function playFault(
  fault: Fault,
  response: ServerResponse,
  answer: VendorAnswer,
  missing: VendorAnswer,
): void {
  switch (fault.kind) {
    case 'refuse': // The answer already is the refusal.
      return writeAnswer(response, answer);
    case 'status':
      return writeAnswer(response, { status: fault.status, type: 'text/plain', body: 'fault on demand' });
    case 'hang':
      return;
    case 'slow':
      return later(response, fault.ms, () => writeAnswer(response, answer));
    case 'cut':
    case 'accept-then-cut':
      response.socket?.destroy();
      return;
    case 'garbage':
      return garbage(fault.body, response, answer, missing);
    case 'redirect':
      response.writeHead(307, { location: fault.location }).end();
      return;
    case 'drip':
      return drip(response, answer, fault.ms ?? 250);
  }
}

function garbage(kind: Garbage, response: ServerResponse, answer: VendorAnswer, missing: VendorAnswer): void {
  const { type, body } = answer;
  if (kind === 'html') {
    return writeAnswer(response, { type: 'text/html', body: '<html><body>502 upstream</body></html>' });
  }
  if (kind === 'empty') return writeAnswer(response, { type, body: '' });
  if (kind === 'truncated') return writeAnswer(response, { type, body: body.slice(0, -2) });
  if (kind === 'err-key') return writeAnswer(response, { type, body: '{"err":"0"}' });
  if (kind === 'missing') return writeAnswer(response, missing);
  response
    .writeHead(200, { 'content-type': 'application/json; charset=utf-16le' })
    .end(Buffer.from(body, 'utf16le'));
}

function later(response: ServerResponse, ms: number, act: () => void): void {
  const timer = setTimeout(act, ms);
  response.on('close', () => clearTimeout(timer));
}

function drip(response: ServerResponse, { type, body }: VendorAnswer, ms: number): void {
  const bytes = [...Buffer.from(body)];
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.length });
  const timer = setInterval(() => {
    response.write(Buffer.of(bytes.shift() as number));
    if (bytes.length === 0) response.end();
  }, ms);
  response.on('close', () => clearInterval(timer));
}
