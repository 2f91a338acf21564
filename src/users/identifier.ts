import { canonicalPhone, type Phone } from '../common/phone';
import { EMAIL, emailKey } from './email';
import { USERNAME, usernameKey } from './username';

/** What an account can be found by. One identifier is of one kind, so it finds one account at the most. */
export type Identifier =
  | { readonly kind: 'phone'; readonly phone: Phone }
  | { readonly kind: 'email'; readonly key: string }
  | { readonly kind: 'username'; readonly key: string };

/** One text for all spellings of an identifier, also of one that nobody can have: what tries are counted under. */
export function identifierKey(text: string, countries: readonly string[]): string {
  const identifier = parseIdentifier(text, countries);
  if (!identifier) return `?:${text.normalize('NFKC').trim().toLowerCase()}`;
  return `${identifier.kind}:${identifier.kind === 'phone' ? identifier.phone : identifier.key}`;
}

/**
 * @param text as typed; full-width letters, which Chinese keyboards make, are those they stand for
 * @returns undefined when the text can't be an identifier of any kind
 */
export function parseIdentifier(text: string, countries: readonly string[]): Identifier | undefined {
  const plain = text.normalize('NFKC').trim();
  if (plain.includes('@')) return EMAIL.test(plain) ? { kind: 'email', key: emailKey(plain) } : undefined;
  if (USERNAME.test(plain)) return { kind: 'username', key: usernameKey(plain) };
  const canonical = canonicalPhone(plain, countries);
  return 'phone' in canonical ? { kind: 'phone', phone: canonical.phone } : undefined;
}
