import fc from 'fast-check';
import { countSegments } from './segments';

describe('countSegments', () => {
  it.each([
    ['nothing', '', 1],
    ['70 characters', '字'.repeat(70), 1],
    ['71 characters', '字'.repeat(71), 2],
    ['134 characters', '字'.repeat(134), 2],
    ['135 characters', '字'.repeat(135), 3],
    ['150 characters, the vendor’s own example', '字'.repeat(150), 3],
    ['Latin letters like any others', 'a'.repeat(71), 2],
    ['the brackets of the signature too', `${'字'.repeat(65)}【公司名】`, 1],
    ['and one more', `${'字'.repeat(66)}【公司名】`, 2],
    ['an emoji as two', '😀'.repeat(35) + 'a', 2],
  ])('counts on the mainland: %s', (_, text, segments) => {
    expect(countSegments(text, 'mainland')).toBe(segments);
  });

  it.each([
    ['160 letters of the GSM alphabet', 'a'.repeat(160), 1],
    ['161', 'a'.repeat(161), 2],
    ['306', 'a'.repeat(306), 2],
    ['307', 'a'.repeat(307), 3],
    ['accents of the alphabet', 'é'.repeat(160), 1],
    ['80 characters of its extension', '€'.repeat(80), 1],
    ['81 of them', '['.repeat(81), 2],
    ['one character outside it makes it 70', 'a'.repeat(70) + '中', 2],
    ['an accent outside it, too', 'ê'.repeat(71), 2],
    ['70 with one outside', 'a'.repeat(69) + '中', 1],
  ])('counts elsewhere: %s', (_, text, segments) => {
    expect(countSegments(text, 'international')).toBe(segments);
  });

  it.each([...'^|{}[]~\\€'])('counts %s twice abroad', (character) => {
    expect(countSegments(character + 'a'.repeat(158), 'international')).toBe(1);
    expect(countSegments(character + 'a'.repeat(159), 'international')).toBe(2);
  });

  const anyText = fc.string({ unit: 'binary', maxLength: 700 });
  const area = fc.constantFrom('mainland' as const, 'international' as const);

  it('never counts less for a longer text', () => {
    fc.assert(
      fc.property(anyText, anyText, area, (text, more, where) => {
        expect(countSegments(text + more, where)).toBeGreaterThanOrEqual(countSegments(text, where));
      }),
    );
  });

  it('leaves no text without room, and no segment without need', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const segments = countSegments(text, 'mainland');
        expect(segments === 1 ? 70 : segments * 67).toBeGreaterThanOrEqual(text.length);
        if (segments > 2) expect((segments - 1) * 67).toBeLessThan(text.length);
        if (segments === 2) expect(text.length).toBeGreaterThan(70);
      }),
    );
  });

  it('is never dearer abroad than on the mainland', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const abroad = countSegments(text, 'international');
        expect(abroad).toBeLessThanOrEqual(countSegments(text, 'mainland'));
      }),
    );
  });
});
