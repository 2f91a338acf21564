import type { Receipt } from './sms-provider.interface';

/** What a vendor sent to its hook. */
export interface VendorPush {
  /** Upper case. */
  readonly method: string;
  readonly contentType?: string;
  /** The body as it came; empty when there was none. */
  readonly text: string;
  readonly query: URLSearchParams;
}

/** What a vendor has to be answered, word for word: anything else makes it send the same again. */
export interface Acknowledgement {
  readonly contentType: string;
  readonly body: string;
}

/** A push that could be read. What is in it besides receipts is counted and dropped. */
export interface ReadPush {
  readonly receipts: readonly Receipt[];
  /** Messages that people wrote back. */
  readonly replies: number;
  /** Entries without anything to find a message by, and reports of other kinds. */
  readonly ignored: number;
  readonly acknowledgement: Acknowledgement;
}

/** What is in a push, or why it can't be read. */
export type ParsedPush = ReadPush | { readonly fault: string };

/** Reads the pushes of one vendor, in every form that it is known to use. Pure; never throws. */
export type PushReader = (push: VendorPush) => ParsedPush;
