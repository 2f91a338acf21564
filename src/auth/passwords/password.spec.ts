import { isAcceptablePassword, normalisePassword } from './password';

it.each([
  ['8 characters', '12345678', true],
  ['7 characters', '1234567', false],
  ['128 characters', 'a'.repeat(128), true],
  ['129 characters', 'a'.repeat(129), false],
  ['eight Chinese ones', '床前明月光疑是地', true],
  ['seven emoji, fourteen code units', '😀'.repeat(7), false],
])('a password of %s', (_, password, acceptable) => {
  expect(isAcceptablePassword(password)).toBe(acceptable);
});

it('is the same however the accents were typed', () => {
  expect(normalisePassword('cafe\u0301 society')).toBe(normalisePassword('caf\u00e9 society'));
});
