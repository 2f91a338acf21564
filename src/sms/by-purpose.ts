import type { Locale } from './sms-provider.interface';

/** Languages a text or a template may exist in. */
export const LOCALES: readonly Locale[] = ['zh', 'en'];

/**
 * What depends on a message's purpose and language, keyed `login@en`, `login` (any language) or `@en` (any purpose).
 * A host's own purposes are names like the built-in ones.
 */
export type ByPurpose<T> = Readonly<Partial<Record<string, T>>>;

/**
 * A notice tells of something that has happened: it carries no code and no other value. Its purpose begins with
 * `notice_`.
 */
export function isNotice(purpose: string): boolean {
  return purpose.startsWith('notice_');
}

/** The entry that fits a message best: both, then its purpose, then its language; what is for any purpose is not for notices. */
export function chooseFor<T>(
  entries: ByPurpose<T>,
  { purpose, locale }: { readonly purpose: string; readonly locale: Locale },
): T | undefined {
  const keys = [`${purpose}@${locale}`, purpose, ...(isNotice(purpose) ? [] : [`@${locale}`])];
  const key = keys.find((name) => Object.hasOwn(entries, name));
  return key === undefined ? undefined : entries[key];
}

/** Purpose and language of a key; `@en` has no purpose, and `login` no language. */
export function readKey(key: string): { purpose?: string; locale?: string } {
  const [purpose, locale] = key.split('@');
  return { ...(purpose && { purpose }), ...(locale && { locale }) };
}
