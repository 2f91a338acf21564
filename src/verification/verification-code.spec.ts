import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { deriveCode } from './verification-code';

const key = randomBytes(32);

describe('deriveCode', () => {
  it('comes to the same digits again, and to others for another verification or key', () => {
    const id = uuidv7();
    expect(deriveCode(key, id, 6)).toBe(deriveCode(key, id, 6));
    const others = [deriveCode(key, uuidv7(), 10), deriveCode(randomBytes(32), id, 10)];
    expect(others).not.toContain(deriveCode(key, id, 10));
  });

  it.each([6, 7, 8, 9, 10])('is %i digits long, leading zeros included', (length) => {
    const codes = Array.from({ length: 300 }, () => deriveCode(key, uuidv7(), length));
    for (const code of codes) expect(code).toMatch(new RegExp(`^[0-9]{${length}}$`));
    expect(codes.some((code) => code.startsWith('0'))).toBe(true);
  });

  it('has evenly spread digits at every position (chi-square, p > 0.001), and repeats no more than chance', () => {
    const fixed = Buffer.alloc(32, 7);
    const codes = Array.from({ length: 20_000 }, (_, index) => deriveCode(fixed, `verification-${index}`, 6));
    for (let position = 0; position < 6; position += 1) {
      const counts = new Array<number>(10).fill(0);
      for (const code of codes) counts[Number(code[position])] += 1;
      const chiSquare = counts.reduce((sum, count) => sum + (count - 2_000) ** 2 / 2_000, 0);
      expect(chiSquare).toBeLessThan(27.88); // 9 degrees of freedom
    }
    // Of 20 000 draws from a million about 198 fall on one drawn before.
    const repeats = codes.length - new Set(codes).size;
    expect(repeats).toBeGreaterThan(130);
    expect(repeats).toBeLessThan(280);
  });
});
