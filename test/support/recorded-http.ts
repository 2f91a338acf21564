import type { VendorReply } from '../../src/sms/providers/vendor-exchange';
import type { VendorHttp, VendorQuestion, VendorRequest } from '../../src/sms/providers/vendor-http';

export interface RecordedCall extends VendorQuestion {
  readonly method: 'GET' | 'POST';
  readonly body?: string;
}

/** Plays answers of a gateway as they were written down, and keeps what was asked. */
export class RecordedVendorHttp implements VendorHttp {
  readonly calls: RecordedCall[] = [];

  /**
   * @param answers one for each call in its order (the last one again and again): a JSON value with status 200, or a
   *   whole reply
   * @param date the gateway's clock, milliseconds
   */
  constructor(
    private readonly answers: readonly (object | VendorReply)[],
    private readonly date?: number,
  ) {}

  get(question: VendorQuestion): Promise<VendorReply> {
    return this.play({ method: 'GET', ...question });
  }

  post(request: VendorRequest): Promise<VendorReply> {
    return this.play({ method: 'POST', ...request });
  }

  close = (): Promise<void> => Promise.resolve();

  private play(call: RecordedCall): Promise<VendorReply> {
    const answer = this.answers[Math.min(this.calls.push(call), this.answers.length) - 1];
    if ('kind' in answer) return Promise.resolve(answer);
    return Promise.resolve({ kind: 'answer', status: 200, text: JSON.stringify(answer), date: this.date });
  }
}

/** One word for each line of a checkup: `credentials ok`, `balance warn`. */
export function verdicts(checks: readonly { subject: string; verdict: string }[]): string[] {
  return checks.map(({ subject, verdict }) => `${subject} ${verdict}`);
}
