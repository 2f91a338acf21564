import { readIdempotencyKey } from './idempotency-key';

describe('an Idempotency-Key', () => {
  it.each([
    ['is taken bare', '8e03978e-40d5-43e8-bc93-6894a57f9324', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['is taken in quotes', '"8e03978e-40d5"', '8e03978e-40d5'],
    ['may have a quote in quotes', String.raw`"a\"b"`, 'a"b'],
    ['may have a backslash in quotes', String.raw`"a\\b"`, String.raw`a\b`],
    ['may have a backslash bare', String.raw`a\b`, String.raw`a\b`],
    ['may be one character', 'k', 'k'],
    ['may have 255 characters', 'k'.repeat(255), 'k'.repeat(255)],
    ['may have 255 characters in quotes', `"${'k'.repeat(255)}"`, 'k'.repeat(255)],
    ['may look like an object', '{"'.replace('"', "'"), "{'"],
  ])('%s', (_, header, key) => {
    expect(readIdempotencyKey(header)).toBe(key);
  });

  it.each([
    ['nothing', ''],
    ['an empty string', '""'],
    ['more than 255 characters', 'k'.repeat(256)],
    ['more than 255 characters in quotes', `"${'k'.repeat(256)}"`],
    ['a space', 'a b'],
    ['a space in quotes', '"a b"'],
    ['a tab', 'a\tb'],
    ['a letter that is not ASCII', 'schlüssel'],
    ['a quote that is not closed', '"abc'],
    ['a quote in a bare key', 'ab"c'],
    ['an unknown escape', String.raw`"a\bc"`],
    ['a parameter', '"abc";v=1'],
    ['two headers', '"abc", "abc"'],
  ])('with %s is malformed', (_, header) => {
    expect(readIdempotencyKey(header)).toBeUndefined();
  });
});
