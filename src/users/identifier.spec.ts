import fc from 'fast-check';
import { identifierKey, parseIdentifier } from './identifier';
import { USERNAME } from './username';

describe('an identifier', () => {
  it.each([
    ['13800138000', { kind: 'phone', phone: '+8613800138000' }],
    ['+86 138-0013-8000', { kind: 'phone', phone: '+8613800138000' }],
    ['１３８００１３８０００', { kind: 'phone', phone: '+8613800138000' }],
    ['Li.Lei@Example.COM', { kind: 'email', key: 'li.lei@example.com' }],
    ['Li_Lei', { kind: 'username', key: 'li_lei' }],
    ['ｌｉ_lei', { kind: 'username', key: 'li_lei' }],
    ['nobody at all', undefined],
    ['a@b\u0000c', undefined],
    ['', undefined],
  ])('%j is of one kind', (text, expected) => {
    expect(parseIdentifier(text, ['CN'])).toEqual(expected);
  });

  it('that is a user name is nothing else', () =>
    fc.assert(
      fc.property(fc.stringMatching(USERNAME), (name) => {
        expect(parseIdentifier(name, ['CN'])).toEqual({ kind: 'username', key: name.toLowerCase() });
        expect(identifierKey(name.toUpperCase(), ['CN'])).toBe(identifierKey(name, ['CN']));
      }),
    ));
});
