import type { QiniuOperation } from './qiniu-exchange';

export type QiniuFault = (
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly words?: string;
      /** Body of the answer, in place of the words. */
      readonly json?: unknown;
      /** Whether the call is carried out all the same. Default: no. */
      readonly done?: boolean;
    }
  /** The host of another region was called. */
  | { readonly kind: 'wrong-region' }
  /** The connection ends; `after` the call was carried out, but unanswered. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'amid' | 'after' }
  /** The right answer, late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** No answer. */
  | { readonly kind: 'hang' }
  /** Status 200 and a web page. */
  | { readonly kind: 'page' }
  /** The whole content, whatever range was asked for. */
  | { readonly kind: 'no-range' }
  /** Half of the content, then the connection ends. */
  | { readonly kind: 'half' }
  /** Content is damaged on the way; `stored`: behind all checks. */
  | { readonly kind: 'corrupt'; readonly stored?: boolean }
) & {
  /** Only on calls of this operation. */
  readonly on?: QiniuOperation;
  /** How often. Default 1. */
  readonly times?: number;
};

/** Faults waiting to be played, in the order they were asked for. */
export class QiniuFaults {
  private waiting: { readonly fault: QiniuFault; left: number }[] = [];

  add(fault: QiniuFault): void {
    this.waiting.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.waiting = [];
  }

  take(operation: QiniuOperation): QiniuFault | undefined {
    const next = this.waiting.find(
      ({ fault, left }) => left > 0 && (fault.on === undefined || fault.on === operation),
    );
    if (next) next.left -= 1;
    return next?.fault;
  }
}
