import type { OutgoingMessage } from '../sms-provider.interface';
import { renderText, type SmsTexts } from '../sms-texts';

/** Longest text in UTF-16 code units, signature included (`-33`). */
export const LUOSIMAO_MAX_LENGTH = 300;

export type TextFault = 'VALUE_MISSING' | 'CODE_AMBIGUOUS' | 'TOO_LONG';
export type RenderedText = { readonly text: string } | { readonly fault: TextFault };

/**
 * Writes the message as the gateway wants it: finished text and the signature in full-width brackets.
 * @param signature with or without its brackets
 */
export function renderLuosimaoText(
  message: Pick<OutgoingMessage, 'purpose' | 'locale' | 'values'>,
  signature: string,
  texts?: SmsTexts,
): RenderedText {
  const rendered = renderText(message, texts);
  if (rendered === undefined) return { fault: 'VALUE_MISSING' };
  const text = sign(rendered, signature);
  const { code } = message.values;
  if (code !== undefined && !standsOut(code, text)) return { fault: 'CODE_AMBIGUOUS' };
  return text.length > LUOSIMAO_MAX_LENGTH ? { fault: 'TOO_LONG' } : { text };
}

/** Phones and people pick the code out by its length: a second run of as many digits would be a wrong code. */
function standsOut(code: string, text: string): boolean {
  const runs = text.match(/\p{Nd}+/gu) ?? [];
  return runs.filter((run) => run.length === code.length).length === 1;
}

function sign(text: string, signature: string): string {
  const isSigned = /^【[^】]+】/.test(text) || /【[^】]+】$/.test(text);
  return isSigned ? text : `${text}【${signature.replace(/^【|】$/g, '')}】`;
}
