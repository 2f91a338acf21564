import { createHmac } from 'node:crypto';

/**
 * What an image shows. Left out is what a distorted picture with a curve across it confuses:
 * 0 O D Q U, 1 I L, 2 Z, 5 S, 8 B and one or more of C G, E F, T J, P R, X Y V, M N W H.
 */
export const CAPTCHA_ALPHABET = 'ACEKMPTX34679';

// What a person may take a letter for who does not know that the other one never occurs.
const LOOK_ALIKES: Readonly<Record<string, string>> = { G: 'C', F: 'E', J: 'T', R: 'P', Y: 'X', N: 'M' };

/** 371 293 texts, and one guess for each captcha. */
export const CAPTCHA_LENGTH = 5;

// Bytes from here on would make the first letters of the alphabet likelier than the others.
const FAIR_BYTES = 256 - (256 % CAPTCHA_ALPHABET.length);

/**
 * The text of an image captcha follows from the key and the captcha's id, so that no store ever holds it.
 * @param key the 32-byte sub-key `captcha`
 */
export function deriveCaptchaText(key: Buffer, captchaId: string): string {
  const digest = createHmac('sha256', key).update(`text:${captchaId}`, 'utf8').digest();
  // Nine of 256 bytes are not fair: that 28 of the 32 are will not happen (10^-36).
  const bytes = digest.filter((byte) => byte < FAIR_BYTES).subarray(0, CAPTCHA_LENGTH);
  return Array.from(bytes, (byte) => CAPTCHA_ALPHABET[byte % CAPTCHA_ALPHABET.length]).join('');
}

/** Makes one of what a person may type for a picture: either case, full-width letters, spaces, a look-alike. */
export function normaliseCaptchaText(answer: string): string {
  const plain = answer.normalize('NFKC').replace(/\s/gu, '').toUpperCase();
  return plain.replace(/[A-Z]/g, (letter) => LOOK_ALIKES[letter] ?? letter);
}
