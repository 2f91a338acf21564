import fc from 'fast-check';
import { preferredLanguage } from './accept-language';

describe('preferredLanguage', () => {
  it.each([
    ['nothing said', undefined, 'en'],
    ['an empty header', '', 'en'],
    ['Chinese', 'zh-CN', 'zh-CN'],
    ['any Chinese', 'zh-Hant-TW', 'zh-CN'],
    ['upper case', 'ZH-cn', 'zh-CN'],
    ['a browser in China', 'zh-CN,zh;q=0.9,en;q=0.8', 'zh-CN'],
    ['English before Chinese', 'en-GB;q=0.9, zh;q=0.5', 'en'],
    ['Chinese by weight, named last', 'en;q=0.1, zh;q=0.2', 'zh-CN'],
    ['the first of two equals', 'zh, en', 'zh-CN'],
    ['a language we do not speak, then Chinese', 'fr, zh;q=0.1', 'zh-CN'],
    ['only languages we do not speak', 'fr, de', 'en'],
    ['Chinese refused', 'zh;q=0, *', 'en'],
    ['anything', '*', 'en'],
    ['broken weights', 'zh;q=high, en;q=', 'en'],
  ])('%s', (_, header, language) => {
    expect(preferredLanguage(header)).toBe(language);
  });

  it('always decides, whatever is sent', () => {
    fc.assert(fc.property(fc.string(), (header) => ['en', 'zh-CN'].includes(preferredLanguage(header))));
  });
});
