import { chooseFor, readKey } from './by-purpose';

describe('chooseFor', () => {
  const entries = { 'login@en': 'both', login: 'purpose', '@en': 'language' };

  it.each([
    ['both, before all else', 'login', 'en', 'both'],
    ['the purpose in any language', 'login', 'zh', 'purpose'],
    ['the language for any purpose', 'register', 'en', 'language'],
    ['nothing', 'register', 'zh', undefined],
  ] as const)('finds %s', (_, purpose, locale, found) => {
    expect(chooseFor(entries, { purpose, locale })).toBe(found);
  });

  it('finds for a notice only what is for notices of its purpose', () => {
    const notice = { purpose: 'notice_phone_changed', locale: 'en' } as const;
    expect(chooseFor(entries, notice)).toBeUndefined();
    expect(chooseFor({ ...entries, notice_phone_changed: 'own' }, notice)).toBe('own');
  });

  it('prefers the purpose to the language', () => {
    expect(chooseFor({ login: 'purpose', '@en': 'language' }, { purpose: 'login', locale: 'en' })).toBe(
      'purpose',
    );
  });

  it('finds nothing under the name of what every object has', () => {
    expect(chooseFor({}, { purpose: 'constructor', locale: 'zh' })).toBeUndefined();
  });
});

describe('readKey', () => {
  it.each([
    ['login@en', { purpose: 'login', locale: 'en' }],
    ['login', { purpose: 'login' }],
    ['@en', { locale: 'en' }],
  ])('%s', (key, parts) => {
    expect(readKey(key)).toEqual(parts);
  });
});
