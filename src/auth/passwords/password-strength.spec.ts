import { Problem } from '../../common/problem';
import { PasswordRules } from './password-rules';
import { contextWords, passwordFault } from './password-strength';

const strong = () => 20;
const owner = {
  phone: '+8613800138000',
  username: 'Li_Lei',
  nickname: '李雷',
  email: 'lilei.1990@example.com',
};

describe('the words an owner would be guessed by', () => {
  it('are the parts of what the account holds, and the name of the service', () => {
    expect(contextWords(owner).sort()).toEqual(
      [
        '+8613800138000',
        '1990',
        '13800138000',
        '3800138000',
        '8613800138000',
        '613800138000',
        'gatecode',
        'lei',
        'li_lei',
        'lilei',
        'lilei.1990',
        '李雷',
      ].sort(),
    );
  });

  it('are only the service, when nothing is known of them', () => {
    expect(contextWords({ phone: null, nickname: undefined, username: '' })).toEqual(['gatecode']);
  });
});

describe('a password', () => {
  it.each([
    ['gatecode'],
    ['GateCode-1'],
    ['13800138000'],
    ['+86 138 0013 8000'.replaceAll(' ', '')],
    ['13800138000abc'],
    ['li_lei_li_lei'],
    ['Lilei.1990!!'],
    ['李雷李雷李雷李雷'],
  ])('%s is made of the words of its account, however strong it looks', (password) => {
    expect(passwordFault(password, contextWords(owner), strong)).toBe('PASSWORD_TOO_COMMON');
  });

  it.each([['lilei and the four seas'], ['gatecode-x7Kq2']])('%s is more than these words', (password) => {
    expect(passwordFault(password, contextWords(owner), strong)).toBeUndefined();
  });

  it('of 120 characters is looked at in five pieces, and one that is strong is enough', () => {
    const looked: string[] = [];
    const estimate = (text: string) => (looked.push(text), text.startsWith('e') ? 6 : 5.9);
    const text = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(24)).join('');
    expect(passwordFault(text, [], estimate)).toBeUndefined();
    expect(looked).toEqual(text.match(/.{24}/g));
    expect(passwordFault(text.replaceAll('e', 'f'), [], estimate)).toBe('PASSWORD_TOO_COMMON');
  });

  it('that is longer than a piece ends in a whole one, and equal ones are looked at once', () => {
    const looked: string[] = [];
    passwordFault('x'.repeat(70) + 'y', [], (text) => (looked.push(text), 0));
    expect(looked).toEqual(['x'.repeat(24), `${'x'.repeat(23)}y`]);
  });

  it('is judged as it is kept, in NFC', () => {
    const looked: string[] = [];
    passwordFault('cafe\u0301 society', [], (text) => (looked.push(text), 20));
    expect(looked).toEqual(['caf\u00e9 society']);
  });
});

describe('with the lists that are shipped', () => {
  const rules = new PasswordRules();
  const faultOf = (password: string) =>
    rules.mustBeAcceptable(password, owner, '#/password').then(
      () => undefined,
      (error: Problem) => error.members.errors?.[0],
    );

  it.each(
    (
      '12345678 password Password1! P@ssw0rd p4$$w0rd! P@ssw0rd123 qwertyuiop 1qaz2wsx a123456789 5201314520 woaini1314 ' +
      'woaini520 iloveyou1 Aa123456 Aa123456. qq123456 abcd1234 19900101 88888888 11111111 asdfghjkl zaq12wsx drowssap ' +
      'passwordpassword abcabcabcabc q1w2e3r4 trustno1! admin123 Test1234! wang123456 li_lei2024 13800138000a gatecode123 ' +
      'zxcvbnm123 wodemima1'
    ).split(' '),
  )('%s is too common', async (password) => {
    expect(await faultOf(password)).toMatchObject({ pointer: '#/password', code: 'PASSWORD_TOO_COMMON' });
  });

  it.each([
    'correct horse',
    'correct horse battery staple',
    'Tr0ub4dor&3',
    'blue-otter-42',
    'x7Kq2mPz',
    '床前明月光疑是地',
    'staple battery',
    `password ${'a'.repeat(80)} unlikely otter 77`,
  ])('%s may be chosen', async (password) => {
    expect(await faultOf(password)).toBeUndefined();
  });

  it.each([
    ['128 times one letter', 'a'.repeat(128)],
    ['a common word again and again', 'p@$$w0rd'.repeat(16)],
    ['digits in order', '1234567890'.repeat(13).slice(0, 128)],
  ])('length alone does not help: %s', async (_, password) => {
    expect(await faultOf(password)).toMatchObject({ pointer: '#/password', code: 'PASSWORD_TOO_COMMON' });
  });

  it('a length is told as such', async () => {
    expect(await faultOf('short 7')).toMatchObject({ pointer: '#/password', code: 'PASSWORD_LENGTH' });
    expect(await faultOf('x'.repeat(129))).toMatchObject({ pointer: '#/password', code: 'PASSWORD_LENGTH' });
  });
});
