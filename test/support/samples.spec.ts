import { median, sameSource } from './samples';

/** Numbers that look random and are the same in every run (mulberry32). */
function numbers(seed: number, count: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  });
}

describe('two samples', () => {
  it('have a middle each', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  it('of one source are told to be so in about 99 of 100 cases', () => {
    const rejected = Array.from({ length: 200 }, (_, round) =>
      sameSource(numbers(round, 250), numbers(round + 1_000, 250)),
    ).filter((p) => p < 0.01);
    expect(rejected.length).toBeLessThan(8);
  });

  it('that are a fifth of their spread apart are told from each other', () => {
    expect(
      sameSource(
        numbers(1, 250),
        numbers(2, 250).map((value) => value + 0.2),
      ),
    ).toBeLessThan(0.001);
  });

  it('agree with a published example: D = 0.6 for 10 and 10', () => {
    const one = Array.from({ length: 10 }, (_, i) => i);
    expect(
      sameSource(
        one,
        one.map((value) => value + 6),
      ),
    ).toBeCloseTo(0.031, 2);
  });
});
