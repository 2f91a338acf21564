import { renderCaptcha, type RandomSource } from './captcha-image';
import { CAPTCHA_ALPHABET } from './captcha-text';

/** A repeatable source: the linear congruential generator of Numerical Recipes. */
function seeded(seed: number): RandomSource {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const texts = [...CAPTCHA_ALPHABET].map((letter) => letter.repeat(5));

describe('a captcha image', () => {
  it('is a PNG of 160 x 60', () => {
    const png = renderCaptcha('K4TX9', seeded(1));
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([160, 60]);
  });

  it.each(texts)('of %s is drawn in less than 15 kB', (text) => {
    expect(renderCaptcha(text, seeded(2)).length).toBeLessThan(15_000);
  });

  it('has nothing but its arguments in it', () => {
    expect(renderCaptcha('K4TX9', seeded(3)).equals(renderCaptcha('K4TX9', seeded(3)))).toBe(true);
  });

  it('looks different every time', () => {
    const images = Array.from({ length: 20 }, (_, seed) =>
      renderCaptcha('K4TX9', seeded(seed)).toString('base64'),
    );
    expect(new Set(images).size).toBe(20);
  });

  it('shows the text', () => {
    expect(renderCaptcha('K4TX9', seeded(4)).equals(renderCaptcha('K4TX6', seeded(4)))).toBe(false);
  });

  it('refuses a letter that it can not draw', () => {
    expect(() => renderCaptcha('K4T<9', seeded(5))).toThrow('No strokes for "<"');
  });
});
