import { parseIdentifier, USERNAME } from './identifier';

describe('an identifier', () => {
  it.each([
    ['13800138000', { kind: 'phone', phone: '+8613800138000' }],
    ['+86 138-0013-8000', { kind: 'phone', phone: '+8613800138000' }],
    ['Li.Lei@Example.COM', { kind: 'email', key: 'li.lei@example.com' }],
    ['Li_Lei', { kind: 'username', key: 'li_lei' }],
    ['nobody at all', undefined],
    ['a@b\u0000c', undefined],
    ['', undefined],
  ])('%j is of one kind', (text, expected) => {
    expect(parseIdentifier(text, ['CN'])).toEqual(expected);
  });

  it.each(['13800138000', 'a@b.cn', 'ab', '_li', '1li', 'li lei', 'lі_lei', 'a'.repeat(33), 'li\u0000lei'])(
    '%j can not be a user name',
    (text) => expect(USERNAME.test(text)).toBe(false),
  );
});
