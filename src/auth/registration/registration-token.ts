import { createHmac, timingSafeEqual } from 'node:crypto';

/** Says what a token is when one turns up where it should not be. */
const PREFIX = 'gcg_';

/**
 * The secret handle of a registration: 256 bits that nobody can guess. It is derived, so that a wrong one is refused
 * without asking a store, and none is ever stored.
 * @param key the 32-byte `registration` sub-key
 */
export function deriveRegistrationToken(key: Buffer, registrationId: string): string {
  return PREFIX + createHmac('sha256', key).update(`handle:${registrationId}`).digest('base64url');
}

/** Whether a text is the handle of this registration. */
export function isRegistrationToken(key: Buffer, registrationId: string, text: string): boolean {
  const right = Buffer.from(deriveRegistrationToken(key, registrationId));
  const given = Buffer.from(text);
  return given.length === right.length && timingSafeEqual(given, right);
}
