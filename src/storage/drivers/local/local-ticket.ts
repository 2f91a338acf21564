import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What a ticket of this store says. */
export interface LocalTicket {
  /** Of the ticket; names it without giving it away. */
  readonly id: string;
  readonly key: string;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly contentType: string;
  /** Seconds since the Unix epoch. */
  readonly expires: number;
  readonly uploadId: string;
  readonly owner: string;
}

export type TicketFault = 'invalid' | 'expired';

/** Who signs, and for which store: a ticket of another store of the same service is a foreign one. */
export interface Signer {
  /** 32 bytes. */
  readonly key: Buffer;
  readonly realm: string;
}

const TICKET = /^([\w-]{20,2000})\.([\w-]{43})$/;

/** `<what it says>.<HMAC-SHA-256>`, both in base64url. */
export function signTicket(signer: Signer, ticket: Omit<LocalTicket, 'id'>): string {
  const { key, minBytes, maxBytes, contentType, expires, uploadId, owner } = ticket;
  const said = JSON.stringify([key, minBytes, maxBytes, contentType, expires, uploadId, owner]);
  const text = Buffer.from(said).toString('base64url');
  return `${text}.${signatureOf(signer, text)}`;
}

/** @param now milliseconds since the Unix epoch */
export function openTicket(signer: Signer, text: string, now: number): LocalTicket | TicketFault {
  const [, said, signature] = TICKET.exec(text) ?? [];
  if (said === undefined || !isSame(signature, signatureOf(signer, said))) return 'invalid';
  const [key, minBytes, maxBytes, contentType, expires, uploadId, owner] = JSON.parse(
    Buffer.from(said, 'base64url').toString('utf8'),
  ) as [string, number, number, string, number, string, string];
  if (now >= expires * 1_000) return 'expired';
  const id = createHash('sha256').update(text).digest('hex');
  return { id, key, minBytes, maxBytes, contentType, expires, uploadId, owner };
}

function signatureOf({ key, realm }: Signer, text: string): string {
  return createHmac('sha256', key).update(`${realm}\n${text}`).digest('base64url');
}

/** The texts themselves are compared: base64url has several spellings of the same bytes. */
export function isSame(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
