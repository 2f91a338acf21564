import type { ByPurpose } from './sms/by-purpose';
import type { SmsTexts } from './sms/sms-texts';

// What the environment says of texts and templates. Whether it fits the purposes there are is asked in env-rules.ts.

const TEMPLATE_ID = /^((?:[a-z][a-z0-9_]*)?(?:@[a-z]{2})?)=(\d+)$/;

/** @param value `login=1110,login@en=1112,@en=1113` @returns nothing when it looks otherwise or has a key twice */
export function readTemplateIds(value = ''): ByPurpose<string> | undefined {
  const items = value.split(',').filter((item) => item !== '');
  const pairs = items.map((item) => TEMPLATE_ID.exec(item));
  const entries = pairs.flatMap((pair) => (pair?.[1] ? [[pair[1], pair[2]] as const] : []));
  const isClear = new Set(entries.map(([key]) => key)).size === items.length;
  return isClear ? Object.fromEntries(entries) : undefined;
}

/**
 * @param value JSON: `{"login": {"zh": "…", "en": "…"}}`, or one text for all languages: `{"login": "…"}`
 * @returns texts keyed `login@zh` and `login`; nothing when it looks otherwise
 */
export function readTexts(value = '{}'): SmsTexts | undefined {
  const purposes = entriesOf(parse(value));
  const texts = purposes?.flatMap(([purpose, text]): [string, unknown][] =>
    typeof text === 'string'
      ? [[purpose, text]]
      : (entriesOf(text)?.map(([locale, words]) => [`${purpose}@${locale}`, words]) ?? [[purpose, text]]),
  );
  const areTexts = texts?.every(([, text]) => typeof text === 'string' && text !== '');
  return areTexts ? Object.fromEntries(texts as [string, string][]) : undefined;
}

function entriesOf(value: unknown): [string, unknown][] | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : undefined;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
