/** Requests that may carry a key: the other methods change nothing. */
export const CHANGING_METHODS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

// The draft says: a string in quotes (RFC 9651, 3.3.3). Many clients send it bare.
const QUOTED = /^"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/;
const BARE = /^[\x21\x23-\x7e]+$/;
const LONGEST = 255;

/**
 * Reads the header of draft-ietf-httpapi-idempotency-key-header-07: 1 to 255 visible ASCII characters, in quotes or
 * bare; `"x"` and `x` are the same key.
 * @returns nothing for a malformed value. Several headers are one: Node joins them with a comma and a space.
 */
export function readIdempotencyKey(value: string | string[]): string | undefined {
  const text = String(value);
  const key = QUOTED.exec(text)?.[1].replace(/\\(.)/g, '$1') ?? BARE.exec(text)?.[0];
  return key === undefined || key.length > LONGEST ? undefined : key;
}
