import { domainToASCII } from 'node:url';
import { isEmail } from 'class-validator';
import { isPlainText } from '../common/validation';

/** RFC 5321, 4.5.3.1.3: as long as a path may be, without its brackets. */
export const EMAIL_MAX_LENGTH = 254;

/** What an address looks like to whoever looks one up. */
export const EMAIL = /^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]{1,190}$/u;

/**
 * Whether a text is an address that somebody may give as theirs. The local part is ASCII: addresses that differ by
 * look-alike letters would be told apart by nobody.
 */
export function isEmailAddress(text: unknown): text is string {
  return (
    isPlainText(text) &&
    EMAIL.test(text) &&
    // A quoted local part may hold anything.
    !text.includes('"') &&
    isEmail(text, { allow_utf8_local_part: false }) &&
    emailKey(text).length <= EMAIL_MAX_LENGTH
  );
}

/**
 * The form in which addresses are unique. Providers compare local parts without regard to case, and so do we; a domain
 * is the same in Unicode, in Punycode and in full-width letters.
 */
export function emailKey(email: string): string {
  const plain = email.normalize('NFKC').trim().toLowerCase();
  const at = plain.lastIndexOf('@');
  const domain = plain.slice(at + 1);
  return plain.slice(0, at + 1) + (domainToASCII(domain) || domain);
}

/** An address as its columns hold it. Whatever writes an address writes both. */
export interface EmailColumns {
  readonly email: string | null;
  readonly emailKey: string | null;
}

/** @param email one that {@link isEmailAddress}; null and undefined for none */
export function emailColumns(email: string | null | undefined): EmailColumns {
  if (email === null || email === undefined) return { email: null, emailKey: null };
  return { email, emailKey: emailKey(email) };
}
