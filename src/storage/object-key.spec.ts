import { assertObjectKey, isObjectKey, objectKey } from './object-key';

const ID = '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f';

describe('an object key', () => {
  it('tells what it is for, spreads by the random end of the id, and ends in its kind', () => {
    expect(objectKey({ purpose: 'avatar', id: ID, name: 'raw', extension: 'png' })).toBe(
      `avatar/1f/${ID}/raw.png`,
    );
  });

  it('is another one each time', () => {
    const make = () => objectKey({ purpose: 'avatar', name: 'raw', extension: 'png' });
    expect(make()).not.toBe(make());
    expect(isObjectKey(make())).toBe(true);
  });

  it.each([
    ['a purpose with a slash', { purpose: 'a/b' }],
    ['an empty purpose', { purpose: '' }],
    ['an id that is none', { id: '../../etc' }],
    ['capitals', { id: ID.toUpperCase() }],
    ['a name that climbs', { name: '..' }],
    ['a name with a dot', { name: 'a.php' }],
    ['an extension with two parts', { extension: 'php.png' }],
    ['an empty extension', { extension: '' }],
  ])('is not made of %s', (_, parts) => {
    expect(() => objectKey({ purpose: 'avatar', id: ID, name: 'raw', extension: 'png', ...parts })).toThrow(
      TypeError,
    );
  });

  it.each(['a', '0', 'avatar/1f/raw.png', 'a-b_c.d/e', '1/2/3/4/5/6/7/8', 'a'.repeat(201)])(
    '%s is one',
    (text) => {
      expect(isObjectKey(text)).toBe(true);
      expect(() => assertObjectKey(text)).not.toThrow();
    },
  );

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    'a/../b',
    'a/..',
    'a..b',
    'a/.b',
    '1/2/3/4/5/6/7/8/9',
    '.a',
    'A',
    'a b',
    'a\\b',
    'a\0',
    'a\n',
    'a%2fb',
    'a?b',
    'a#b',
    'ä',
    '头像',
    'a'.repeat(202),
    undefined,
    7,
  ])('%j is none', (text) => {
    expect(isObjectKey(text)).toBe(false);
    expect(() => assertObjectKey(text as string)).toThrow(TypeError);
  });
});
