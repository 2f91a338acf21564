import {
  getMetadataStorage,
  isBoolean,
  isInt,
  isObject,
  isString,
  type ValidationError,
} from 'class-validator';
import type { Form } from './member-texts';

/** The rules that ask for a type, and for nothing else. */
const TYPES = new Map<string | undefined, (value: unknown) => boolean>([
  ['isString', isString],
  ['isInt', isInt],
  ['isBoolean', isBoolean],
  ['isObject', isObject],
]);

/** What a member breaks. */
export interface BrokenRule {
  /** As class-validator calls it: `maxLength`. */
  readonly name: string;
  /** What it was made with, e.g. the most characters. */
  readonly values?: readonly string[];
  readonly context?: RuleContext;
}

/** What the decorator of a rule may say of it. */
export interface RuleContext {
  /** Instead of the code that is the name of the rule. */
  readonly code?: string;
  /** What a pattern asks for. */
  readonly form?: Form;
}

/**
 * The one rule to tell of; none when it is a member of the member that is wrong. A value of another type breaks
 * whichever rule happens to be asked first: what helps the caller is the type that was expected.
 */
export function brokenRule(error: ValidationError): BrokenRule | undefined {
  const [name] = Object.keys(error.constraints ?? {});
  // There may be thousands of members that nothing is known of: none of them has rules.
  if (name === undefined || name === 'whitelistValidation') return name ? { name } : undefined;
  const rules = rulesOf(error);
  // A rule for the entries of a list says nothing of the list.
  const wrongType = rules.find((rule) => !rule.each && TYPES.get(rule.name)?.(error.value) === false);
  const rule = wrongType ?? rules.find((each) => each.name === name);
  return {
    name: rule?.name ?? name,
    values: rule?.constraints?.map((value: unknown) =>
      Array.isArray(value) ? value.join(', ') : String(value),
    ),
    context: rule?.context as RuleContext | undefined,
  };
}

function rulesOf({ target, property }: ValidationError) {
  // Not `target.constructor`: a caller may send a member of that name.
  const dto = (Object.getPrototypeOf(target) as object | null)?.constructor;
  if (!dto) return [];
  return getMetadataStorage()
    .getTargetValidationMetadatas(dto, '', false, false)
    .filter((rule) => rule.propertyName === property);
}
