import type { ProviderCheck } from '../sms-provider.interface';
import { failed } from './account-checks';
import { readKey } from '../by-purpose';
import { placesFor, type TemplateOptions } from './template-choice';

/** One template that messages may use, and what it is filled with. */
export interface UsedTemplate {
  readonly id: string;
  /** Names of the values for its places, in order. */
  readonly params: readonly string[];
}

/** Every template of a configuration, once for each way of filling it. */
export function usedTemplates(options: TemplateOptions): UsedTemplate[] {
  const all = [['', options.templateId] as const, ...Object.entries(options.templates ?? {})].flatMap(
    ([key, template]): UsedTemplate[] => {
      if (typeof template !== 'string') return template ? [template] : [];
      return [{ id: template, params: placesFor(readKey(key).purpose ?? '', options) }];
    },
  );
  return [...new Map(all.map((template) => [`${template.id} ${template.params.join()}`, template])).values()];
}

/** @returns the line that says so when an approved text has another number of places than there are values */
export function placesFault({ id, params }: UsedTemplate, content: unknown): ProviderCheck | undefined {
  if (typeof content !== 'string') return undefined;
  const places = new Set(content.match(/\{\d{1,2}\}/g)).size;
  if (places === params.length) return undefined;
  return failed(
    'template',
    `${id} has ${places} variables, and ${params.length} values are sent (${params.join(', ')})`,
    'Name one value for each variable, in their order, in the template parameters',
  );
}

export function absentTemplate({ id }: UsedTemplate): ProviderCheck {
  return failed('template', `${id} is not there`, 'Compare the template id with the console');
}
