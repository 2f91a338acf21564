import { readTemplateIds, readTexts } from './env-content';

describe('readTemplateIds', () => {
  it.each([
    [undefined, {}],
    ['login=1110', { login: '1110' }],
    ['login=1110,login@en=1112,@en=1113', { login: '1110', 'login@en': '1112', '@en': '1113' }],
  ])('reads %p', (value, ids) => {
    expect(readTemplateIds(value)).toEqual(ids);
  });

  it.each([
    'login',
    'login=',
    'login=T1',
    '=1110',
    '@=1',
    'login@english=1',
    'login=1;register=2',
    'login=1,login=2',
  ])('refuses %p', (value) => expect(readTemplateIds(value)).toBeUndefined());
});

describe('readTexts', () => {
  it.each([
    [undefined, {}],
    ['{"login":{"zh":"一{code}","en":"one {code}"}}', { 'login@zh': '一{code}', 'login@en': 'one {code}' }],
    ['{"login":"{code}","@en":"one {code}"}', { login: '{code}', '@en': 'one {code}' }],
  ])('reads %p', (value, texts) => {
    expect(readTexts(value)).toEqual(texts);
  });

  it.each([
    '',
    'login',
    '[]',
    '"{code}"',
    '{"login":7}',
    '{"login":null}',
    '{"login":{"zh":""}}',
    '{"login":["a"]}',
  ])('refuses %p', (value) => expect(readTexts(value)).toBeUndefined());
});
