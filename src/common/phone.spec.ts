import { canonicalPhone, maskPhone, numberSegment, type Phone } from './phone';

describe('canonicalPhone', () => {
  it.each([
    '13800138000',
    '+8613800138000',
    '008613800138000',
    '86 138 0013 8000',
    '138-0013-8000',
    '１３８００１３８０００',
    '+86 (138) 0013.8000',
    ' 138\u00a00013\u20118000 ',
  ])('brings %j to +8613800138000', (spelling) => {
    expect(canonicalPhone(spelling, ['CN'])).toEqual({ phone: '+8613800138000' });
  });

  it.each([
    ['a landline', '01052823298', 'PHONE_INVALID'],
    ['too few digits', '1380013800', 'PHONE_INVALID'],
    ['letters', '1380013800a', 'PHONE_INVALID'],
    ['a NUL', '1380013\u00008000', 'PHONE_INVALID'],
    ['a zero-width joiner', '1380013\u200d8000', 'PHONE_INVALID'],
    ['an override of direction', '\u202e13800138000', 'PHONE_INVALID'],
    ['a line break', '13800138000\n', 'PHONE_INVALID'],
    ['nothing', '', 'PHONE_INVALID'],
    ['very much', '1'.repeat(1_000), 'PHONE_INVALID'],
    ['a satellite phone', '+881612345678', 'COUNTRY_NOT_ENABLED'],
    ['an international network', '+882160012345', 'COUNTRY_NOT_ENABLED'],
    ['a premium number of the United States', '+19005550100', 'COUNTRY_NOT_ENABLED'],
    ['Hong Kong, which is a country code of its own', '+85251234567', 'COUNTRY_NOT_ENABLED'],
  ])('refuses %s', (_, spelling, fault) => {
    expect(canonicalPhone(spelling, ['CN'])).toEqual({ fault });
  });

  it('takes any enabled country, and the first one for national spellings', () => {
    expect(canonicalPhone('+85251234567', ['CN', 'HK'])).toEqual({ phone: '+85251234567' });
    expect(canonicalPhone('51234567', ['HK', 'CN'])).toEqual({ phone: '+85251234567' });
  });
});

it('masks all that tells a number from its neighbours', () => {
  expect(maskPhone('+8613800138000' as Phone)).toBe('138****8000');
  expect(maskPhone('+85251234567' as Phone)).toBe('+852****4567');
});

it('knows the seven digits that carriers hand out as one block', () => {
  expect(numberSegment('+8613800138000' as Phone)).toBe('+861380013');
});
