import type { Language } from './problem-catalog';

interface Preference {
  readonly range: string;
  readonly quality: number;
}

const MAX_LENGTH = 500;

/**
 * Which of our languages a caller reads best (RFC 9110, 12.5.4). Every Chinese is answered in zh-CN;
 * a caller who wants neither, or does not say, gets English.
 * @param header value of `Accept-Language`
 */
export function preferredLanguage(header: string | undefined): Language {
  const preferences = (header ?? '').slice(0, MAX_LENGTH).split(',').map(parse).filter(isWanted);
  // The sort is stable: of equals, the one that was named first is served.
  preferences.sort((a, b) => b.quality - a.quality);
  for (const { range } of preferences) {
    const [primary] = range.split('-');
    if (primary === 'zh') return 'zh-CN';
    if (primary === 'en' || primary === '*') return 'en';
  }
  return 'en';
}

/** The language of a message to whoever sent this request: Chinese, unless they ask for English. `*` does not. */
export function messageLocale(header: string | undefined): 'zh' | 'en' {
  // The numbers are in China, and so, most likely, are their owners.
  return /\ben\b/i.test(header ?? '') && preferredLanguage(header) === 'en' ? 'en' : 'zh';
}

function parse(item: string): Preference {
  const [range, ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return { range, quality: weight === undefined ? 1 : Number(weight) };
}

const isWanted = ({ range, quality }: Preference): boolean => range !== '' && quality > 0 && quality <= 1;
