import { Type } from 'class-transformer';
import { IsInt, IsObject, IsOptional, IsString, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import fc from 'fast-check';
import { Problem } from './problem';
import { createValidationPipe, IsPlainText, isPlainText } from './validation';

class CaptchaDto {
  @IsString()
  readonly answer: string;
}

class StartDto {
  @IsString({ context: { code: 'PHONE_INVALID' } })
  @MaxLength(40)
  readonly phone: string;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => CaptchaDto)
  readonly captcha?: CaptchaDto;

  @IsOptional()
  @IsPlainText()
  readonly nickname?: string;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(99)
  readonly place?: number;
}

const pipe = createValidationPipe();
const transform = (value: unknown): Promise<unknown> =>
  pipe.transform(value, { type: 'body', metatype: StartDto }) as Promise<unknown>;

async function faultsOf(value: unknown): Promise<string[]> {
  const problem: unknown = await transform(value).catch((error: unknown) => error);
  if (!(problem instanceof Problem)) throw new Error(`not refused: ${JSON.stringify(problem)}`);
  expect(problem.code).toBe('VALIDATION_FAILED');
  return (problem.members.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
}

describe('the validation pipe', () => {
  it.each<[string, unknown, string[]]>([
    ['no body', undefined, ['#/phone REQUIRED']],
    ['null', null, ['# OBJECT_EXPECTED']],
    ['an array', [{ phone: 'x' }], ['# OBJECT_EXPECTED']],
    ['a string', 'phone', ['# OBJECT_EXPECTED']],
    ['a number', 1, ['# OBJECT_EXPECTED']],
    ['a wrong type, by the name the rule gives it', { phone: 13800138000 }, ['#/phone PHONE_INVALID']],
    ['a value that breaks a rule', { phone: 'x'.repeat(41) }, ['#/phone MAX_LENGTH']],
    ['an unknown member', { phone: 'x', isAdmin: true }, ['#/isAdmin UNKNOWN_MEMBER']],
    ['a nested member', { phone: 'x', captcha: { answer: 1 } }, ['#/captcha/answer IS_STRING']],
    [
      'a nested unknown member',
      { phone: 'x', captcha: { answer: 'a', x: 1 } },
      ['#/captcha/x UNKNOWN_MEMBER'],
    ],
    ['an array for an object', { phone: 'x', captcha: [1] }, ['#/captcha IS_OBJECT']],
    ['a text for an object', { phone: 'x', captcha: 'a' }, ['#/captcha IS_OBJECT']],
    ['an object for a text', { phone: {} }, ['#/phone PHONE_INVALID']],
    ['null for a text', { phone: null }, ['#/phone PHONE_INVALID']],
    ['a text for a number', { phone: 'x', place: '1' }, ['#/place IS_INT']],
    ['a list for a number', { phone: 'x', place: [1, 2] }, ['#/place IS_INT']],
    ['half a number', { phone: 'x', place: 0.5 }, ['#/place IS_INT']],
    ['a number beyond its bounds', { phone: 'x', place: 100 }, ['#/place MAX']],
    ['a member called constructor', { phone: 1, constructor: { prototype: {} } }, expect.anything()],
    ['a name that needs escaping', { phone: 'x', 'a/b~c d': 1 }, ['#/a~1b~0c%20d UNKNOWN_MEMBER']],
    ['half a character in a name', { phone: 'x', '\ud800': 1 }, ['#/%EF%BF%BD UNKNOWN_MEMBER']],
    ['invisible characters', { phone: 'x', nickname: 'a\u202eb' }, ['#/nickname IS_PLAIN_TEXT']],
  ])('%s', async (_, body, faults) => {
    expect(await faultsOf(body)).toEqual(faults);
  });

  it('never repeats a value', async () => {
    const problem = (await transform({ phone: ['s3cret'], captcha: { answer: { s3cret: 's3cret' } } }).catch(
      (error: unknown) => error,
    )) as Problem;
    expect(JSON.stringify(problem.getResponse())).not.toContain('s3cret');
  });

  it.each([
    ['__proto__', '{"phone":"x","__proto__":{"isAdmin":true}}'],
    ['constructor', '{"phone":"x","constructor":{"prototype":{"isAdmin":true}}}'],
    ['nested __proto__', '{"phone":"x","captcha":{"answer":"a","__proto__":{"isAdmin":true}}}'],
    ['prototype', '{"phone":"x","prototype":{"isAdmin":true}}'],
  ])('is not misled by %s', async (_, text) => {
    const result: unknown = await transform(JSON.parse(text)).catch((error: unknown) => error);
    expect(result instanceof Problem || result instanceof StartDto).toBe(true);
    expect(result).not.toHaveProperty('isAdmin');
    expect({}).not.toHaveProperty('isAdmin');
    expect(new StartDto()).not.toHaveProperty('isAdmin');
  });

  it('refuses what is too deep before any recursion', async () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 15_000; level++) deep = [deep];
    expect(await faultsOf({ phone: 'x', captcha: deep })).toEqual(['# TOO_DEEP']);
  });

  it('ends every JSON value in a DTO or in a VALIDATION_FAILED', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 6 }), async (value) => {
        const result: unknown = await transform(value).catch((error: unknown) => error);
        expect(
          result instanceof StartDto || (result instanceof Problem && result.code === 'VALIDATION_FAILED'),
        ).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('isPlainText', () => {
  it.each(['小明', 'Ann-Marie O’Neil', 'ñandú 😀', 'مرحبا'])('accepts %s', (text) => {
    expect(isPlainText(text)).toBe(true);
  });

  it.each([
    ['NUL', '\0'],
    ['CR', '\r'],
    ['LF', '\n'],
    ['ESC', '\u001b'],
    ['a bidi override', '\u202e'],
    ['a bidi isolate', '\u2066'],
    ['a zero-width joiner', '\u200d'],
    ['a zero-width space', '\u200b'],
    ['a byte order mark', '\ufeff'],
    ['a line separator', '\u2028'],
    ['half a character', '\ud800'],
  ])('refuses %s', (_, character) => {
    expect(isPlainText(`a${character}b`)).toBe(false);
  });

  it.each([
    ['spaces', '   '],
    ['an ideographic space', '\u3000'],
    ['a Hangul filler', '\u3164'],
    ['a variation selector', '\ufe0f'],
  ])('refuses nothing but %s', (_, text) => {
    expect(isPlainText(text)).toBe(false);
    expect(isPlainText(`a${text}b`)).toBe(true);
  });
});
