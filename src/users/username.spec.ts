import fc from 'fast-check';
import { USERNAME, usernameColumns, usernameFault, usernameKey, usernameSkeleton } from './username';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-'.split('');
const names = fc
  .tuple(fc.constantFrom(...LETTERS.filter((letter) => /[a-z]/i.test(letter))), textOf(2, 31))
  .map(([first, rest]) => first + rest);

function textOf(minLength: number, maxLength: number) {
  return fc.array(fc.constantFrom(...LETTERS), { minLength, maxLength }).map((letters) => letters.join(''));
}

describe('a user name', () => {
  it.each([
    '13800138000',
    'a@b.cn',
    'ab',
    '_li',
    '1li',
    'li lei',
    'lі_lei', // a Cyrillic letter
    'ｌｉ_lei', // full-width ones
    'a'.repeat(33),
    'li\u0000lei',
    'li\u200dlei',
    'li\u202elei',
    'li_lei\n',
    'İstanbul',
  ])('%j has not the form of one', (text) => expect(USERNAME.test(text)).toBe(false));

  it.each([
    ['Admin', 'USERNAME_RESERVED'],
    ['adrnin', 'USERNAME_RESERVED'],
    ['R00T', 'USERNAME_RESERVED'],
    ['nu1l', 'USERNAME_RESERVED'],
    ['l38OOl38OOO', 'USERNAME_LIKE_PHONE'],
    ['l38-0013-8000', 'USERNAME_LIKE_PHONE'],
    ['li_lei', undefined],
    ['administration', undefined],
    ['oil', undefined],
  ])('%j can be had unless it is taken for something else (%s)', (name, fault) =>
    expect(usernameFault(name)).toBe(fault),
  );
});

describe('the skeleton of a user name', () => {
  it.each([
    ['li_lei', 'LI_LEI'],
    ['li_lei', 'l1_Iei'],
    ['google', 'g00gIe'],
    ['modern', 'rnodem'],
    ['williarn', 'vviIIiam'],
    ['vw1', 'wvi'],
  ])('is the same for %j and %j, which look alike', (one, other) =>
    expect(usernameSkeleton(one)).toBe(usernameSkeleton(other)),
  );

  it.each([
    ['li_lei', 'li-lei'],
    ['corn', 'corner'],
    ['han', 'hen'],
  ])('is another for %j and %j', (one, other) =>
    expect(usernameSkeleton(one)).not.toBe(usernameSkeleton(other)),
  );

  it('does not depend on case, fits its column, and is that of itself', () =>
    fc.assert(
      fc.property(names, (name) => {
        const skeleton = usernameSkeleton(name);
        expect(usernameSkeleton(name.toUpperCase())).toBe(skeleton);
        expect(usernameSkeleton(skeleton)).toBe(skeleton);
        expect(skeleton.length).toBeLessThanOrEqual(64);
      }),
    ));

  it('stays when any letters are swapped for look-alikes', () => {
    const swaps: [RegExp, string][] = [
      [/o/g, '0'],
      [/l/g, 'I'],
      [/i/g, '1'],
      [/m/g, 'rn'],
      [/rn/g, 'm'],
      [/w/g, 'vv'],
      [/vv/g, 'w'],
    ];
    fc.assert(
      fc.property(names, fc.array(fc.constantFrom(...swaps), { maxLength: 4 }), (name, chosen) => {
        const lookAlike = chosen.reduce((text, [letter, other]) => text.replace(letter, other), name);
        expect(usernameSkeleton(lookAlike)).toBe(usernameSkeleton(name));
      }),
    );
  });
});

it('the columns of a name are all there or none', () => {
  expect(usernameColumns('Wolf_1')).toEqual({
    username: 'Wolf_1',
    usernameKey: 'wolf_1',
    usernameSkeleton: 'vvolf_l',
  });
  for (const none of [null, undefined])
    expect(usernameColumns(none)).toEqual({ username: null, usernameKey: null, usernameSkeleton: null });
  expect(usernameKey('Li_Lei')).toBe('li_lei');
});
