import { randomBytes } from 'node:crypto';
import { CAPTCHA_ALPHABET, CAPTCHA_LENGTH, deriveCaptchaText, normaliseCaptchaText } from './captcha-text';

const key = Buffer.alloc(32, 7);

describe('the text of an image captcha', () => {
  it.each(['0ODQ', '1IL', '2Z', '5S', '8B', 'EF', 'JT', 'XYV', 'MNWH', 'CG', 'PR'])(
    'has at most one letter of the look-alikes %s',
    (group) => {
      expect([...group].filter((letter) => CAPTCHA_ALPHABET.includes(letter)).length).toBeLessThanOrEqual(1);
    },
  );

  it('has no letter twice in its alphabet, and only capitals and digits', () => {
    expect(new Set(CAPTCHA_ALPHABET).size).toBe(CAPTCHA_ALPHABET.length);
    expect(CAPTCHA_ALPHABET).toMatch(/^[A-Z0-9]+$/);
  });

  it('is the same for the same key and id, wherever it is derived', () => {
    expect(deriveCaptchaText(key, 'a')).toBe(deriveCaptchaText(Buffer.alloc(32, 7), 'a'));
    expect(deriveCaptchaText(key, 'a')).toHaveLength(CAPTCHA_LENGTH);
  });

  it('is another one for another id and for another key', () => {
    expect(deriveCaptchaText(key, 'b')).not.toBe(deriveCaptchaText(key, 'a'));
    expect(deriveCaptchaText(Buffer.alloc(32, 8), 'a')).not.toBe(deriveCaptchaText(key, 'a'));
  });

  it('favours no letter at any position (chi-square)', () => {
    const draws = 13_000;
    const expected = draws / CAPTCHA_ALPHABET.length;
    const texts = Array.from({ length: draws }, (_, index) => deriveCaptchaText(key, `captcha ${index}`));
    for (let position = 0; position < CAPTCHA_LENGTH; position++) {
      const chiSquare = [...CAPTCHA_ALPHABET]
        .map((letter) => texts.filter((text) => text[position] === letter).length)
        .reduce((total, count) => total + (count - expected) ** 2 / expected, 0);
      // 12 degrees of freedom, p = 0.0001. The key is fixed, so this passes always or never.
      expect(chiSquare).toBeLessThan(39.1);
    }
  });

  it('leaves nothing out under any key', () => {
    for (let i = 0; i < 1_000; i++) {
      expect(deriveCaptchaText(randomBytes(32), 'a')).toMatch(new RegExp(`^[${CAPTCHA_ALPHABET}]{5}$`));
    }
  });
});

describe('an answer as typed', () => {
  it.each([
    ['k4tx9', 'in small letters'],
    [' K4TX9\n', 'with space around'],
    ['K4 TX9', 'with a space inside'],
    ['Ｋ４ｔｘ９', 'in full-width letters'],
    ['K4JY9', 'with look-alikes that no image shows'],
  ])('%j is right %s', (answer) => {
    expect(normaliseCaptchaText(answer)).toBe('K4TX9');
  });
});
