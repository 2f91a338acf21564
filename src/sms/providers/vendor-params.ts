import type { Phone } from '../../common/phone';

/** Names of the message values that fill a template's places, in their order. */
export const DEFAULT_TEMPLATE_PARAMS: readonly string[] = ['code', 'minutes'];
export const DEFAULT_TIMEOUT_MS = 5_000;

/** @returns the 11 digits of a mainland mobile number (the rule of Luosimao's PHP SDK), else nothing */
export function mainlandNumber(phone: Phone): string | undefined {
  return /^\+86(1[3-9]\d{9})$/.exec(phone)?.[1];
}
