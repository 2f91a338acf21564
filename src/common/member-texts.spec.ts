import { getMetadataStorage, type ValidationError, ValidationTypes } from 'class-validator';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { brokenRule } from './broken-rule';
import { FORM_TEXTS, MEMBER_TEXTS, writeErrors } from './member-texts';
import { invalidMember } from './problem';
import { problemDocument } from './problem-document';
import { codeOf } from './validation';

type Dto = new () => object;

const SOURCES = join(__dirname, '..');

/** Every class that a request or an answer is written down as. */
const DTOS = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.dto.ts'))
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- whatever there is
  .flatMap((path) => Object.values(require(join(SOURCES, path)) as Record<string, unknown>))
  .filter((each): each is Dto => typeof each === 'function');

const TYPED = { isString: 'x', isInt: 1, isBoolean: true, isObject: {} } as const;

/** Every rule of every member, as an error says that it was broken. */
const BROKEN = DTOS.flatMap((dto) => {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  return rules.flatMap(({ name, type: kind, propertyName: property }): [string, ValidationError][] => {
    // Whether a member is looked at is no rule that it could break.
    if (!name || kind === ValidationTypes.CONDITIONAL_VALIDATION) return [];
    const type = rules.find((rule) => rule.propertyName === property && rule.name! in TYPED)?.name;
    // Of the right type, or else that would be what is told.
    const value = name === type ? null : TYPED[(type ?? 'isString') as keyof typeof TYPED];
    const error = { target: new dto(), property, value, constraints: { [name]: 'a message' } };
    return [[`${dto.name}.${property} ${name}`, error]];
  });
});

const CHINESE = /\p{Script=Han}/u;

describe('what is said of a member', () => {
  it('is looked for in all requests', () => {
    expect(BROKEN.length).toBeGreaterThan(50);
  });

  it.each(BROKEN)('has words in both languages: %s', (_, error) => {
    const { name, values, context } = brokenRule(error)!;
    expect(name).toBe(Object.keys(error.constraints!)[0]);
    const code = codeOf(name, error.value, context);
    expect(Object.keys(MEMBER_TEXTS)).toContain(code);
    if (code === 'MATCHES') expect(Object.keys(FORM_TEXTS)).toContain(context?.form);
    const errors = [{ pointer: '#/x', code, values, form: context?.form, detail: 'a message' }];
    const [en, zh] = (['en', 'zh-CN'] as const).map((language) => writeErrors(errors, language)[0].detail!);
    for (const text of [en, zh]) expect(text).not.toMatch(/[{}]|undefined|a message/);
    expect(en).not.toMatch(CHINESE);
    expect(zh).toMatch(CHINESE);
  });

  it.each(Object.entries({ ...MEMBER_TEXTS, ...FORM_TEXTS }))('has the same places: %s', (_, { en, zh }) => {
    const places = (text: string) => (text.match(/\{\d\}/g) ?? []).sort();
    expect(places(zh)).toEqual(places(en));
    expect([en, zh].map((text) => CHINESE.test(text))).toEqual([false, true]);
  });

  it('is in the language of the answer', () => {
    const problem = invalidMember('#/from', 'RANGE_TOO_LONG', 7);
    const detailIn = (language: string) =>
      (problemDocument(problem, 'id', language).body.errors as { detail: string }[])[0].detail;
    expect(detailIn('en')).toBe('At most 7 days');
    expect(detailIn('zh-CN')).toBe('时间范围最长为 7 天');
  });

  it('is what the thrower said, for a code of a host', () => {
    const own = { pointer: '#/x', code: 'OF_THE_HOST' };
    expect(writeErrors([{ ...own, detail: 'Something else' }, own], 'zh-CN')).toEqual([
      { ...own, detail: 'Something else' },
      own,
    ]);
  });

  it('is in English for a host that writes no problem documents', () => {
    expect(invalidMember('#/to', 'TOO_MANY', 10_000).getResponse()).toMatchObject({
      errors: [{ pointer: '#/to', code: 'TOO_MANY', detail: 'At most 10000 numbers' }],
    });
  });
});
