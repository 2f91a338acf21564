import type { RefusalClass, SmsOutcome } from '../sms-provider.interface';
import type { VendorReply } from './vendor-exchange';

/** Class of a vendor's code: a refusal, `A` it may have been taken, `D` duplicate of a request already taken. */
export type CodeClass = RefusalClass | 'A' | 'D';

type Refused = Extract<SmsOutcome, { kind: 'refused' }>;

/** What a vendor's table says of a code. */
export interface CodeVerdict {
  readonly codeClass: CodeClass;
  /** Only where it differs from what the class allows by itself. */
  readonly failOver?: Refused['failOver'];
}

/** The outcome of an answer whose code is known. */
export function outcomeOf(
  { codeClass, failOver }: CodeVerdict,
  vendorCode: string,
  words: Pick<Refused, 'vendorText' | 'vendorRequestId'> = {},
): SmsOutcome {
  if (codeClass === 'A') return { kind: 'unknown', reason: 'vendor', vendorCode };
  // Our own id came back as taken: an earlier attempt whose answer was lost did arrive.
  if (codeClass === 'D') return { kind: 'accepted', vendorCode };
  return { kind: 'refused', refusal: codeClass, ...(failOver && { failOver }), vendorCode, ...words };
}

/** A message that never leaves this process, e.g. a number that the gateway does not serve. */
export function refusedHere(refusal: RefusalClass, vendorCode: string, vendorText: string): SmsOutcome {
  return { kind: 'refused', refusal, vendorCode: `LOCAL_${vendorCode}`, vendorText };
}

/** An answer that says neither yes nor no. */
export function unreadable(vendorCode?: string): SmsOutcome {
  return { kind: 'unknown', reason: 'unreadable', ...(vendorCode && { vendorCode }) };
}

/**
 * Reads what HTTP itself says.
 * @param throttled class of status 429 at this vendor
 * @returns the text of a 2xx answer for the vendor's adapter to read, or the outcome when there is none
 */
export function readReply(reply: VendorReply, throttled: RefusalClass): string | SmsOutcome {
  if (reply.kind === 'unreached') {
    // A header that HTTP cannot carry (say, a full-width letter in a key) is not the network's fault.
    return outcomeOf({ codeClass: reply.code === 'UND_ERR_INVALID_ARG' ? 'G' : 'R' }, reply.code);
  }
  if (reply.kind === 'lost') return { kind: 'unknown', reason: reply.reason, vendorCode: reply.code };
  const { status, text } = reply;
  if (status === 429) return outcomeOf({ codeClass: throttled }, 'HTTP_429');
  if (status >= 200 && status < 300) return text ?? unreadable('CHARSET');
  return { kind: 'unknown', reason: reasonOf(status), vendorCode: `HTTP_${status}` };
}

function reasonOf(status: number): 'redirect' | 'server-error' | 'vendor' {
  if (status < 400) return 'redirect';
  // 4xx: these vendors refuse with status 200 and a code, so that it comes from something in between.
  return status < 500 ? 'vendor' : 'server-error';
}
