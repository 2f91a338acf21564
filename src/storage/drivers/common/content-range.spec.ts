import { rangeHeader, readContentRange } from './content-range';

describe('a range of bytes', () => {
  it('is asked for', () => {
    expect(rangeHeader({ start: 0, end: 9 })).toBe('bytes=0-9');
    expect(rangeHeader({ start: 7 })).toBe('bytes=7-');
  });

  it.each([{ start: -1 }, { start: 0.5 }, { start: 5, end: 4 }, { start: 0, end: NaN }])(
    'is refused when it is none: %j',
    (range) => {
      expect(() => rangeHeader(range)).toThrow('range');
    },
  );

  it('is read from the answer', () => {
    expect(readContentRange('bytes 4-7/100')).toEqual({ start: 4, end: 7, size: 100 });
    for (const header of [undefined, 'bytes */100', 'bytes 4-7/*', ['bytes 4-7/100', 'bytes 0-1/2']]) {
      expect(readContentRange(header)).toBeUndefined();
    }
  });
});
