import type { EventName } from '../common/events';
import { isWanted } from './webhook-rules';

/** Every event of this service. Types are gone when it runs: the compiler sees to it that none is missing. */
const EVENTS = {
  'session.refresh-reused': true,
  'sms.attempt.accepted': true,
  'sms.attempt.refused': true,
  'sms.attempt.unknown': true,
  'sms.blocked': true,
  'sms.budget.alert': true,
  'sms.circuit.changed': true,
  'sms.message.failed': true,
  'sms.provider.alert': true,
  'sms.receipt': true,
  'sms.rerouted': true,
  'upload.begun': true,
  'upload.expired': true,
  'upload.ready': true,
  'upload.rejected': true,
  'user.deleted': true,
  'user.disabled': true,
  'user.enabled': true,
  'user.erased': true,
  'user.password-changed': true,
  'user.password-reset': true,
  'user.phone-changed': true,
  'user.restored': true,
  'user.roles-changed': true,
  'verification.checked': true,
} satisfies Record<EventName, true>;

export const EVENT_NAMES: readonly string[] = Object.keys(EVENTS);

/** @returns the names and prefixes by which no event would ever be told */
export function unknownEvents(patterns: readonly string[]): string[] {
  return patterns.filter((pattern) => !EVENT_NAMES.some((name) => isWanted(name, [pattern])));
}
