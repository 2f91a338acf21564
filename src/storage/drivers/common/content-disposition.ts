const MAX_CHARACTERS = 200;

/** A name for a download without half characters, which nobody can encode, and of a length that fits into a header. */
export function wholeName(name: string): string {
  // The buffer puts a sign in the place of half a character.
  return [...Buffer.from(name).toString()].slice(0, MAX_CHARACTERS).join('');
}

/**
 * A name under which a download is to be saved (RFC 6266). Whatever the name holds, no quote, no line break and nothing
 * beyond ASCII gets through: the whole name is in the encoded form (RFC 8187), and the plain one is for old readers.
 */
export function attachment(name: string): string {
  const whole = wholeName(name);
  const plain = whole.replace(/[^A-Za-z0-9 ._()-]/g, '_');
  const encoded = encodeURIComponent(whole).replace(
    /['()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
