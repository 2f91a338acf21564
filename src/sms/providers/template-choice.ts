import { chooseFor, isNotice, type ByPurpose } from '../by-purpose';
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

/** Whether there is a template that a message can be sent with: a notice has none but its own. */
export function hasTemplate(
  message: Pick<OutgoingMessage, 'purpose' | 'locale'>,
  { templates = {} }: TemplateOptions,
): boolean {
  return !isNotice(message.purpose) || chooseFor(templates, message) !== undefined;
}

/** The places of a template that has no names of its own for them. A notice has no values, and its template no places. */
export function placesFor(
  purpose: string,
  { templateParams = DEFAULT_TEMPLATE_PARAMS }: TemplateOptions,
): readonly string[] {
  return isNotice(purpose) ? [] : templateParams;
}

/** @returns the template for a message and what fills its places, in order; or a refusal when a value is missing */
export function fillTemplate(
  message: OutgoingMessage,
  options: TemplateOptions,
): FilledTemplate | SmsOutcome {
  if (!hasTemplate(message, options)) {
    return refusedHere('G', 'TEMPLATE_MISSING', 'There is no template for this notice');
  }
  const chosen = chooseFor(options.templates ?? {}, message) ?? options.templateId;
  const { id, params } =
    typeof chosen === 'string' ? { id: chosen, params: placesFor(message.purpose, options) } : chosen;
  if (params.some((name) => !Object.hasOwn(message.values, name))) {
    return refusedHere('G', 'VALUE_MISSING', 'The template parameters name a value the message lacks');
  }
  return { templateId: id, params: params.map((name) => message.values[name]) };
}
