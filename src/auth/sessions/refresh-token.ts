import { createHmac, timingSafeEqual } from 'node:crypto';

/** Says what a token is when one turns up where it should not be. */
const PREFIX = 'gcr_';
const ID_BYTES = 16;
const GENERATION_BYTES = 4;
const MAC_BYTES = 32;

export interface RefreshToken {
  readonly sessionId: string;
  /** 0 for the first token of a session, one more with every rotation. */
  readonly generation: number;
}

/**
 * The refresh token of one generation of a session: opaque to clients, 256 bits nobody can guess.
 * It is derived, so that a lost answer can be repeated while only digests are stored.
 * @param key the 32-byte `refresh` sub-key
 */
export function deriveRefreshToken(key: Buffer, token: RefreshToken): string {
  const head = headOf(token);
  return PREFIX + Buffer.concat([head, macOf(key, head)]).toString('base64url');
}

/** @returns undefined unless the text is a token that was derived with this key */
export function readRefreshToken(key: Buffer, text: string): RefreshToken | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const bytes = Buffer.from(text.slice(PREFIX.length), 'base64url');
  if (bytes.length !== ID_BYTES + GENERATION_BYTES + MAC_BYTES) return undefined;
  const head = bytes.subarray(0, ID_BYTES + GENERATION_BYTES);
  if (!timingSafeEqual(macOf(key, head), bytes.subarray(head.length))) return undefined;
  const hex = head.toString('hex', 0, ID_BYTES);
  return {
    sessionId: [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
      '-',
    ),
    generation: head.readUInt32BE(ID_BYTES),
  };
}

function headOf({ sessionId, generation }: RefreshToken): Buffer {
  const head = Buffer.alloc(ID_BYTES + GENERATION_BYTES);
  head.write(sessionId.replaceAll('-', ''), 'hex');
  head.writeUInt32BE(generation, ID_BYTES);
  return head;
}

function macOf(key: Buffer, head: Buffer): Buffer {
  return createHmac('sha256', key).update(head).digest();
}
