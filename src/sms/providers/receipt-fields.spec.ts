import { beijingTime, carrierCode, echoedId, handset, segmentCount } from './receipt-fields';

describe('handset', () => {
  it.each([
    ['without its country', '13800138000', '86', '+8613800138000'],
    ['as a number', 13800138000, 86, '+8613800138000'],
    ['of a country not named', '13800138000', undefined, '+8613800138000'],
    ['with its country and no plus', '8613800138000', undefined, '+8613800138000'],
    ['with a plus', '+8613800138000', '86', '+8613800138000'],
    ['with 00', '0085251234567', undefined, '+85251234567'],
    ['of Hong Kong', '51234567', '852', '+85251234567'],
    ['whose country has a plus', '51234567', '+852', '+85251234567'],
    ['that is none', 'unknown', '86', undefined],
    ['that is empty', '', '86', undefined],
    ['that is too long', '1'.repeat(40), '86', undefined],
    ['that is an object', {}, '86', undefined],
  ])('%s', (_, number, country, expected) => {
    expect(handset(number, country)).toBe(expected);
  });
});

describe('beijingTime', () => {
  it.each([
    ['2015-10-17 08:03:04', '2015-10-17T00:03:04.000Z'],
    ['20130923010010', '2013-09-22T17:00:10.000Z'],
    // Clocks went forward for summer in 1986 to 1991 only.
    ['20260701000000', '2026-06-30T16:00:00.000Z'],
  ])('%s is %s, wherever this process runs', (text, expected) => {
    expect(beijingTime(text)?.toISOString()).toBe(expected);
  });

  it.each([['2026-13-01 00:00:00'], ['20261301000000'], ['00000000000000'], ['1699999999'], [''], [17]])(
    'knows that %j is none',
    (text) => {
      expect(beijingTime(text)).toBeUndefined();
    },
  );
});

describe('carrierCode', () => {
  it.each([
    ['DELIVRD', 'DELIVRD'],
    ['-106', '-106'],
    ['002', '002'],
    [' MK:\u00000001\n', 'MK: 0001'],
    [12, '12'],
    ['用户停机', '用户停机'],
    ['no such user 13800138000', 'no such user ***'],
    ['no such user 138 0013-8000', 'no such user ***'],
    ['x'.repeat(100), 'x'.repeat(64)],
    ['', 'NONE'],
    [null, 'NONE'],
    [{}, 'NONE'],
  ])('keeps %j as %j', (value, expected) => {
    expect(carrierCode(value)).toBe(expected);
  });
});

describe('echoedId', () => {
  const id = '0197f5c6-1380-7013-8000-138001380001';

  it.each([[id], [id.replaceAll('-', '')], [` ${id.toUpperCase()} `]])('reads %s', (text) => {
    expect(echoedId(text)).toBe(id);
  });

  it.each([['req-0001'], [''], [undefined], [`${id}0`]])('knows that %j is not ours', (text) => {
    expect(echoedId(text)).toBeUndefined();
  });
});

describe('segmentCount', () => {
  it.each([
    ['2', 2],
    [1, 1],
    ['0', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    [1e9, undefined],
    [undefined, undefined],
  ])('%j is %j', (value, expected) => {
    expect(segmentCount(value)).toBe(expected);
  });
});
