const UUID = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;
// 36^25 > 2^128, so that 25 digits hold a UUID; `r` and the submission follow.
const RESUBMITTED = /^([0-9a-z]{25})r([1-9]\d{0,5})$/;
const DIGITS = 25;
const MOST_SUBMISSIONS = 999_999;
const BEYOND_128_BITS = 1n << 128n;

/**
 * Ronglian's idempotency key (`reqId`, `^[0-9A-Za-z]{1,32}$`, unique for an account and a calendar day).
 *
 * A message keeps its key while the outcome is unknown, so that a repeat is recognised. After a refusal it gets another
 * one: the vendor may remember a key it refused, and would take the next attempt for a duplicate.
 * @param messageId UUID
 * @param submission counted from 1
 */
export function ronglianRequestId(messageId: string, submission = 1): string {
  const hex = messageId.replaceAll('-', '').toLowerCase();
  if (submission === 1) return hex;
  const number = Math.min(submission, MOST_SUBMISSIONS);
  return `${BigInt(`0x${hex}`).toString(36).padStart(DIGITS, '0')}r${number}`;
}

/** @returns the UUID that `reqId` was made of; nothing when it is none of ours */
export function messageIdOf(reqId: string): string | undefined {
  const text = reqId.trim().toLowerCase();
  const [, digits] = RESUBMITTED.exec(text) ?? [];
  const value = digits === undefined ? undefined : fromBase36(digits);
  const hex = value === undefined ? text : value.toString(16).padStart(32, '0');
  return UUID.test(hex) ? hex.replace(UUID, '$1-$2-$3-$4-$5') : undefined;
}

function fromBase36(digits: string): bigint | undefined {
  const value = [...digits].reduce((sum, digit) => sum * 36n + BigInt(parseInt(digit, 36)), 0n);
  return value < BEYOND_128_BITS ? value : undefined;
}
