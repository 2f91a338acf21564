import { NOTICES } from '../auth/account/notice-purposes';
import { PURPOSES } from '../verification/purpose';
import { LOCALES, chooseFor } from './by-purpose';
import { renderText, SMS_TEXTS, valuesIn } from './sms-texts';
import { countSegments } from './segments';

const values = { code: '438217', minutes: '10' };

describe('renderText', () => {
  it.each([
    ['login', 'zh', '您正在登录，验证码438217，10分钟内有效，请勿告诉他人。'],
    ['login', 'en', '438217 is your log-in code. Valid 10 min. Do not share it.'],
    ['a-purpose-of-a-host', 'zh', '您的验证码是438217，10分钟内有效，请勿告诉他人。'],
  ] as const)('says what a %s message says in %s', (purpose, locale, text) => {
    expect(renderText({ purpose, locale, values })).toBe(text);
  });

  it('prefers the owner’s texts', () => {
    const texts = { login: '码{code}', 'order@zh': '订单{number}已发货' };
    expect(renderText({ purpose: 'login', locale: 'en', values }, texts)).toBe('码438217');
    const shipped = { purpose: 'order', locale: 'zh', values: { number: 'A7' } } as const;
    expect(renderText(shipped, texts)).toBe('订单A7已发货');
  });

  it('puts a value in as it is, even one that looks like a place or a replacement pattern', () => {
    const message = { purpose: 'x', locale: 'zh', values: { code: '{minutes}$&$1' } } as const;
    expect(renderText(message, { x: 'a{code}b' })).toBe('a{minutes}$&$1b');
  });

  it.each(['minutes', 'constructor'])('renders nothing that lacks a value: %s', (name) => {
    const message = { purpose: 'x', locale: 'zh', values: { code: '438217' } } as const;
    expect(renderText(message, { x: `{code}{${name}}` })).toBeUndefined();
  });
});

describe.each(PURPOSES.flatMap((purpose) => LOCALES.map((locale) => ({ purpose, locale }))))(
  'the text for $purpose in $locale',
  ({ purpose, locale }) => {
    it('is its own, shows code and minutes, and costs one segment', () => {
      expect(SMS_TEXTS).toHaveProperty([`${purpose}@${locale}`]);
      expect(valuesIn(chooseFor(SMS_TEXTS, { purpose, locale }) as string).sort()).toEqual([
        'code',
        'minutes',
      ]);
      expect(countSegments(`${renderText({ purpose, locale, values })}【示例公司】`, 'mainland')).toBe(1);
    });
  },
);

describe.each(NOTICES.flatMap((purpose) => LOCALES.map((locale) => ({ purpose, locale }))))(
  'the text for $purpose in $locale',
  ({ purpose, locale }) => {
    it('is its own, shows no value, and costs one segment', () => {
      expect(SMS_TEXTS).toHaveProperty([`${purpose}@${locale}`]);
      const text = renderText({ purpose, locale, values: {} });
      expect(countSegments(`${text}【示例公司】`, 'mainland')).toBe(1);
    });
  },
);
