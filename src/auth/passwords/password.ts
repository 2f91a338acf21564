/** OWASP's and NIST SP 800-63B's advice: length counts, composition rules don't. */
export const PASSWORD_MIN_LENGTH = 8;
export const PASSWORD_MAX_LENGTH = 128;

/** One form for what looks the same on every keyboard (NIST SP 800-63B 5.1.1.2). Nothing is cut off. */
export function normalisePassword(password: string): string {
  return password.normalize('NFC');
}

/** @returns whether the length, in characters as people count them, is allowed */
export function isAcceptablePassword(password: string): boolean {
  const length = [...normalisePassword(password)].length;
  return length >= PASSWORD_MIN_LENGTH && length <= PASSWORD_MAX_LENGTH;
}
