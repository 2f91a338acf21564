import { isAcceptablePassword, normalisePassword } from './password';

/** How many guesses a piece of text takes somebody who knows these words, as a power of ten. */
export type GuessEstimate = (text: string, words: readonly string[]) => number;

/** Fewer than a million guesses: lists of leaked passwords begin with these. */
const FEWEST_GUESSES_LOG10 = 6;
/**
 * Code units that are looked at together. The estimate's cost grows with the square and more of the length (some
 * milliseconds for these), and as many of anything that is no pattern are far more than enough.
 */
const PIECE = 24;
/** Beside words of their own account nobody shall have fewer characters than this. */
const FEWEST_BESIDE_WORDS = 4;
const BETWEEN_WORDS = /[\s\p{P}\p{S}]+/u;

/** What passwords in every account of ours could be made of. */
const OURS = 'gatecode';

export type PasswordFault = 'PASSWORD_LENGTH' | 'PASSWORD_TOO_COMMON';

/** The words that the owner of an account would be guessed by. */
export function contextWords(context: Readonly<Record<string, string | null | undefined>>): string[] {
  const words = [OURS];
  for (const text of Object.values(context)) {
    if (!text) continue;
    const plain = text.normalize('NFC').toLowerCase();
    const whole = plain.includes('@') ? plain.slice(0, plain.indexOf('@')) : plain;
    words.push(whole, ...whole.split(BETWEEN_WORDS));
    const digits = whole.replace(/\D/g, '');
    // A number as it is written at home, too: nobody types the country's code.
    if (/^\+?[\d\s().-]+$/.test(whole)) words.push(digits, ...nationalForms(digits));
  }
  return [...new Set(words)].filter(isTelling).sort((one, other) => other.length - one.length);
}

/**
 * Whether a password may be chosen.
 * @param words from {@link contextWords}
 * @returns undefined when it may
 */
export function passwordFault(
  password: string,
  words: readonly string[],
  estimate: GuessEstimate,
): PasswordFault | undefined {
  if (!isAcceptablePassword(password)) return 'PASSWORD_LENGTH';
  const text = normalisePassword(password);
  if (isMadeOf(text, words)) return 'PASSWORD_TOO_COMMON';
  // One piece that nobody guesses is enough: what stands around it makes the whole no weaker.
  const isStrong = piecesOf(text).some((piece) => estimate(piece, words) >= FEWEST_GUESSES_LOG10);
  return isStrong ? undefined : 'PASSWORD_TOO_COMMON';
}

/** Whether next to nothing is left when these words and what separates them are taken out. */
function isMadeOf(password: string, words: readonly string[]): boolean {
  const lower = password.toLowerCase();
  const left = words.reduce((text, word) => text.split(word).join(' '), lower);
  if (left === lower) return false;
  return [...left.replace(/[\s\p{P}\p{S}]/gu, '')].length < FEWEST_BESIDE_WORDS;
}

/** The whole in pieces of equal length, the last one from the end; each once. What only goes on and on is one piece. */
function piecesOf(text: string): string[] {
  if (isRepetition(text)) return [text.slice(0, PIECE)];
  const pieces = new Set<string>();
  for (let from = 0; from < text.length; from += PIECE) {
    pieces.add(text.slice(Math.max(0, Math.min(from, text.length - PIECE)), from + PIECE));
  }
  return [...pieces];
}

/** Whether all of it follows from its first piece: `12345678901234567890…`, cut anywhere, looks better than it is. */
function isRepetition(text: string): boolean {
  for (let period = 1; period <= PIECE && period < text.length; period += 1) {
    if (text.startsWith(text.slice(period))) return true;
  }
  return false;
}

/** E.164 country codes have one to three digits. */
function nationalForms(digits: string): string[] {
  return [1, 2, 3].map((length) => digits.slice(length)).filter((rest) => rest.length >= 7);
}

/** A word of one or two letters is in everything; two characters of Chinese are a name. */
function isTelling(word: string): boolean {
  return word.length >= 3 || (word.length === 2 && /[^\p{ASCII}]/u.test(word));
}
