import fc from 'fast-check';
import { emailColumns, emailKey, isEmailAddress } from './email';
import { parseIdentifier } from './identifier';

describe('an e-mail address', () => {
  it.each(['a@b.cn', 'Li.Lei+shop@Example.COM', 'li@例子.中国'])('%j can be given', (text) =>
    expect(isEmailAddress(text)).toBe(true),
  );

  it.each([
    '',
    'a',
    'a@b',
    'a@@b.cn',
    'a b@c.cn',
    '"a b"@c.cn',
    '"a"@c.cn',
    'lі@b.cn', // a Cyrillic letter
    'a@b.cn\n',
    'a\u0000@b.cn',
    'a\u200d@b.cn',
    `${'a'.repeat(65)}@b.cn`,
    `a@${'b.'.repeat(130)}cn`,
    '13800138000',
    null,
    7,
  ])('%j is none', (text) => expect(isEmailAddress(text)).toBe(false));

  it.each([
    ['Li.Lei@Example.COM', 'li.lei@example.com'],
    ['li@例子.中国', 'LI@xn--fsqu00a.xn--fiqs8s'],
    ['ｌｉ@ｂ.cn', 'li@b.cn'],
  ])('%j and %j are one', (one, other) => expect(emailKey(one)).toBe(emailKey(other)));

  it('that was given is found, as no other kind of identifier', () =>
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        fc.pre(isEmailAddress(text));
        const { emailKey: key } = emailColumns(text);
        expect(parseIdentifier(text, ['CN'])).toEqual({ kind: 'email', key });
        expect(parseIdentifier(key!, ['CN'])).toEqual({ kind: 'email', key });
      }),
    ));
});
