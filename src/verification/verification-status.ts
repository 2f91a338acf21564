import type { MessageState } from '../sms/message.entity';
import type { VerificationStatus } from './dto/verification.dto';

const STATUS_OF: Readonly<Record<MessageState, VerificationStatus>> = {
  queued: 'queued',
  calling: 'queued',
  accepted: 'sent',
  delivered: 'delivered',
  undelivered: 'failed',
  withheld: 'sent',
  refused: 'failed',
  expired: 'failed',
  unknown: 'unknown',
};

/**
 * Where a verification stands: how it ended, if it did; else what became of its newest message.
 * @param fields the record's
 * @param now of the store, milliseconds
 * @param message state of the newest message; undefined when it is not known
 */
export function statusOf(
  fields: Readonly<Record<string, string>>,
  now: number,
  message: MessageState | undefined,
): VerificationStatus {
  if (fields.consumed) return 'verified';
  if (Number(fields.attempts) >= Number(fields.allowed)) return 'exhausted';
  if (now >= Number(fields.expires)) return 'expired';
  return message ? STATUS_OF[message] : 'queued';
}
