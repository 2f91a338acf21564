import { chooseFor, type ByPurpose } from '../by-purpose';
import type { OutgoingMessage, SmsOutcome } from '../sms-provider.interface';
import { refusedHere } from './vendor-outcome';
import { DEFAULT_TEMPLATE_PARAMS } from './vendor-params';

/** Id of an approved template; with the names of the values for its places, where they are not those of all others. */
export type Template = string | { readonly id: string; readonly params: readonly string[] };

/** The templates of a gateway that takes no free text. */
export interface TemplateOptions {
  /** For messages that `templates` has nothing for. */
  readonly templateId: string;
  /** Templates by purpose and language: `login`, `login@en`, `@en`. */
  readonly templates?: ByPurpose<Template>;
  /** Names of the message values for the places of a template, in order; default `code`, `minutes`. */
  readonly templateParams?: readonly string[];
}

export interface FilledTemplate {
  readonly templateId: string;
  readonly params: readonly string[];
}

/** @returns the template for a message and what fills its places, in order; or a refusal when a value is missing */
export function fillTemplate(
  message: OutgoingMessage,
  { templateId, templates = {}, templateParams = DEFAULT_TEMPLATE_PARAMS }: TemplateOptions,
): FilledTemplate | SmsOutcome {
  const chosen = chooseFor(templates, message) ?? templateId;
  const { id, params } = typeof chosen === 'string' ? { id: chosen, params: templateParams } : chosen;
  if (params.some((name) => !Object.hasOwn(message.values, name))) {
    return refusedHere('G', 'VALUE_MISSING', 'The template parameters name a value the message lacks');
  }
  return { templateId: id, params: params.map((name) => message.values[name]) };
}
