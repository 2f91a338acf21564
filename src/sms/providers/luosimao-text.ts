import type { Locale, OutgoingMessage } from '../sms-provider.interface';

/** Longest text in UTF-16 code units, signature included (`-33`). */
export const LUOSIMAO_MAX_LENGTH = 300;

export type LuosimaoTexts = Readonly<Record<Locale, string>>;

export const LUOSIMAO_TEXTS: LuosimaoTexts = {
  zh: '您的验证码是{code}，{minutes}分钟内有效，请勿告诉他人。',
  en: 'Your verification code is {code}. It expires in {minutes} minutes. Do not share it with anyone.',
};

export type RenderedText =
  { readonly text: string } | { readonly fault: 'VALUE_MISSING' | 'CODE_AMBIGUOUS' | 'TOO_LONG' };

/**
 * Writes the message as the gateway wants it: finished text and the signature in full-width brackets.
 * @param signature with or without its brackets
 */
export function renderLuosimaoText(
  message: OutgoingMessage,
  signature: string,
  texts: Partial<LuosimaoTexts> = {},
): RenderedText {
  const { values, locale } = message;
  const template = texts[locale] ?? LUOSIMAO_TEXTS[locale];
  if ([...template.matchAll(/\{(\w+)\}/g)].some(([, name]) => values[name] === undefined)) {
    return { fault: 'VALUE_MISSING' };
  }
  const text = sign(
    template.replace(/\{(\w+)\}/g, (_, name: string) => values[name]),
    signature,
  );
  // Phones and people pick the code out by its length: a second run of as many digits would be a wrong code.
  const runs = text.match(/\p{Nd}+/gu) ?? [];
  if (runs.filter((run) => run.length === values.code?.length).length !== 1)
    return { fault: 'CODE_AMBIGUOUS' };
  return text.length > LUOSIMAO_MAX_LENGTH ? { fault: 'TOO_LONG' } : { text };
}

function sign(text: string, signature: string): string {
  const isSigned = /^【[^】]+】/.test(text) || /【[^】]+】$/.test(text);
  return isSigned ? text : `${text}【${signature.replace(/^【|】$/g, '')}】`;
}
