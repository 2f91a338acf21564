import type { Locale } from './sms-provider.interface';

/** Languages a text or a template may exist in. */
export const LOCALES: readonly Locale[] = ['zh', 'en'];

/**
 * What depends on a message's purpose and language, keyed `login@en`, `login` (any language) or `@en` (any purpose).
 * A host's own purposes are names like the built-in ones.
 */
export type ByPurpose<T> = Readonly<Partial<Record<string, T>>>;

/** The entry that fits a message best: both, then its purpose, then its language. */
export function chooseFor<T>(
  entries: ByPurpose<T>,
  { purpose, locale }: { readonly purpose: string; readonly locale: Locale },
): T | undefined {
  const key = [`${purpose}@${locale}`, purpose, `@${locale}`].find((name) => Object.hasOwn(entries, name));
  return key === undefined ? undefined : entries[key];
}

/** Purpose and language of a key; `@en` has no purpose, and `login` no language. */
export function readKey(key: string): { purpose?: string; locale?: string } {
  const [purpose, locale] = key.split('@');
  return { ...(purpose && { purpose }), ...(locale && { locale }) };
}
