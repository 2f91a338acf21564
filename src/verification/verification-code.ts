import { createHmac } from 'node:crypto';

/**
 * Derives the code of a verification, as RFC 4226 derives one from a counter: nothing has to be stored,
 * and a resend, a crash or another instance comes to the same digits.
 * @param key 32 bytes, the `code` sub-key
 * @param verificationId unguessable and used once
 * @param length 6 to 10 digits, leading zeros included
 */
export function deriveCode(key: Buffer, verificationId: string, length: number): string {
  const codes = 10n ** BigInt(length);
  // Values above the largest multiple of `codes` would make small digits a little likelier, so they are drawn again.
  const fair = (2n ** 64n / codes) * codes;
  for (let round = 0; ; round += 1) {
    const draw = createHmac('sha256', key).update(`${verificationId}:${round}`).digest().readBigUInt64BE();
    if (draw < fair) return (draw % codes).toString().padStart(length, '0');
  }
}
