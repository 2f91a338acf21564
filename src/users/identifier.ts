import { canonicalPhone, type Phone } from '../common/phone';

/** What an account can be found by. One identifier is of one kind, so it finds one account at the most. */
export type Identifier =
  | { readonly kind: 'phone'; readonly phone: Phone }
  | { readonly kind: 'email'; readonly key: string }
  | { readonly kind: 'username'; readonly key: string };

/**
 * A user name starts with a letter and holds no `@`, so that it can't look like a number or an address;
 * it is ASCII, so that no other alphabet's letters can imitate it.
 */
export const USERNAME = /^[A-Za-z][A-Za-z0-9_.-]{2,31}$/;

const EMAIL = /^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]{1,190}$/u;

/** The form in which user names are unique. */
export function usernameKey(username: string): string {
  return username.toLowerCase();
}

/** The form in which e-mail addresses are unique. Providers compare local parts without regard to case; so do we. */
export function emailKey(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase();
}

/** One text for all spellings of an identifier, also of one that nobody can have: what tries are counted under. */
export function identifierKey(text: string, countries: readonly string[]): string {
  const identifier = parseIdentifier(text, countries);
  if (!identifier) return `?:${text.normalize('NFKC').trim().toLowerCase()}`;
  return `${identifier.kind}:${identifier.kind === 'phone' ? identifier.phone : identifier.key}`;
}

/** @returns undefined when the text can't be an identifier of any kind */
export function parseIdentifier(text: string, countries: readonly string[]): Identifier | undefined {
  const plain = text.trim();
  if (plain.includes('@')) return EMAIL.test(plain) ? { kind: 'email', key: emailKey(plain) } : undefined;
  if (USERNAME.test(plain)) return { kind: 'username', key: usernameKey(plain) };
  const canonical = canonicalPhone(plain, countries);
  return 'phone' in canonical ? { kind: 'phone', phone: canonical.phone } : undefined;
}
