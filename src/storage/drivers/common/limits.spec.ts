import { limitsOf } from './limits';

describe('the limits of a driver', () => {
  const defaults = { callMs: 10, attempts: 3 };

  it('are the defaults where nothing is said', () => {
    expect(limitsOf(defaults)).toEqual(defaults);
    expect(limitsOf(defaults, { callMs: undefined, attempts: 1 })).toEqual({ callMs: 10, attempts: 1 });
  });

  it.each([0, -1, 0.5, Number.NaN, Infinity, 2 ** 31])(
    'can not be %d: a timer would end at once',
    (callMs) => {
      expect(() => limitsOf(defaults, { callMs })).toThrow('callMs');
    },
  );
});
