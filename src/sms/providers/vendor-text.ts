const MAX_LENGTH = 200;
const LONG_TOKEN = /[\w+/=-]{20,}/g;
// Digits, also with what people put between them: a number or a code must not survive as `138 0013-8000`.
const DIGIT_RUN = /\d(?:[\s().\-–—]*\d){2,}/g;

/**
 * The vendor's words for an operator. A vendor may echo anything it was sent, so that every digit run, everything that
 * looks like a key and every value of `hidden` is masked.
 */
export function safeText(text: unknown, hidden: readonly string[] = []): string | undefined {
  if (typeof text !== 'string' || !text.trim()) return undefined;
  let safe = text.normalize('NFKC');
  // Values shorter than any code or key ("5" minutes) hide nothing and would only make the text unreadable.
  for (const value of hidden) if (value.length >= 4) safe = safe.replaceAll(value, '***');
  return safe
    .replace(LONG_TOKEN, (token) => (/\d/.test(token) ? '***' : token))
    .replace(DIGIT_RUN, '***')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_LENGTH);
}

/** A vendor's id (of a message, of a request) if it looks like one; anything else is dropped, never stored. */
export function safeId(id: unknown): string | undefined {
  if (typeof id !== 'string' && typeof id !== 'number') return undefined;
  return /^[\w:.-]{1,128}$/.test(String(id)) ? String(id) : undefined;
}
