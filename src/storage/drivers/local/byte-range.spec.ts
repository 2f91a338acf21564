import { rangeOf, resolveRange } from './byte-range';

describe('a range', () => {
  it.each([
    ['a part', { start: 2, end: 4 }, 10, { start: 2, end: 4 }],
    ['to the end', { start: 2 }, 10, { start: 2, end: 9 }],
    ['beyond the end', { start: 2, end: 99 }, 10, { start: 2, end: 9 }],
    ['the last byte', { start: 9 }, 10, { start: 9, end: 9 }],
    ['behind the end', { start: 10 }, 10, undefined],
    ['of nothing', { start: 0 }, 0, undefined],
    ['backwards', { start: 3, end: 2 }, 10, undefined],
    ['before the beginning', { start: -1 }, 10, undefined],
    ['no number', { start: Number.NaN }, 10, undefined],
  ])('%s', (_, range, size, expected) => {
    expect(resolveRange(range, size)).toEqual(expected);
  });

  it.each([
    [undefined, undefined],
    ['bytes=0-3', { start: 0, end: 3 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-0', 'none'],
    ['bytes=-30', { start: 0, end: 9 }],
    ['bytes=10-', 'none'],
    ['bytes=3-2', undefined],
    ['bytes=0-1,2-3', undefined],
    ['bytes=', undefined],
    ['bytes=-', undefined],
    ['bytes=9999999999999999-', undefined],
    ['items=0-1', undefined],
  ])('of the header %j', (header, expected) => {
    expect(rangeOf(header, 10)).toEqual(expected);
  });
});
