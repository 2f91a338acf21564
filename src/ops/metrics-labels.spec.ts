import { BoundedLabel } from './metrics-labels';

describe('A bounded label', () => {
  it('tells the first values apart and calls all that follow other', () => {
    const label = new BoundedLabel([], 2);
    expect(['a', 'b', 'a', 'c', 'b', 'd'].map((value) => label.of(value))).toEqual([
      ...['a', 'b', 'a', 'other', 'b', 'other'],
    ]);
  });

  it('keeps room for the values that it knows', () => {
    const label = new BoundedLabel(['login'], 1);
    expect(['x', 'y', 'login'].map((value) => label.of(value))).toEqual(['x', 'other', 'login']);
  });
});
