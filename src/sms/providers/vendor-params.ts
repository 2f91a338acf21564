import type { Phone } from '../../common/phone';
import type { OutgoingMessage } from '../sms-provider.interface';

/** Names of the message values that fill a template's places, in their order. */
export const DEFAULT_TEMPLATE_PARAMS: readonly string[] = ['code', 'minutes'];
export const DEFAULT_TIMEOUT_MS = 5_000;

/** @returns the values in the template's order; nothing when the message lacks one of them */
export function templateValues(
  message: OutgoingMessage,
  names: readonly string[] = DEFAULT_TEMPLATE_PARAMS,
): string[] | undefined {
  const values = names.map((name) => message.values[name]);
  return values.some((value) => value === undefined) ? undefined : values;
}

/** @returns the 11 digits of a mainland mobile number (the rule of Luosimao's PHP SDK), else nothing */
export function mainlandNumber(phone: Phone): string | undefined {
  return /^\+86(1[3-9]\d{9})$/.exec(phone)?.[1];
}
