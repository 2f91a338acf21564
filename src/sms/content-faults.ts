import { isNotice, readKey, type ByPurpose } from './by-purpose';
import { renderLuosimaoText, type TextFault } from './providers/luosimao-text';
import type { Template } from './providers/template-choice';
import { DEFAULT_TEMPLATE_PARAMS } from './providers/vendor-params';
import type { Locale } from './sms-provider.interface';
import { valuesIn, type SmsTexts } from './sms-texts';

/** What messages there are, and what the gateways were given for them; a gateway that is not used is left out. */
export interface ContentSetup {
  readonly purposes: readonly string[];
  /** Purposes of messages that carry no code and no other value. Default none. */
  readonly notices?: readonly string[];
  readonly locales: readonly Locale[];
  /** Names of the values that every message carries. */
  readonly values: readonly string[];
  /** Digits of a code. */
  readonly codeLength: number;
  readonly tencent?: TemplateSetup;
  readonly ronglian?: TemplateSetup;
  readonly luosimao?: { readonly signature: string; readonly texts?: SmsTexts };
}

interface TemplateSetup {
  readonly templates?: ByPurpose<Template>;
  readonly templateParams?: readonly string[];
}

/** One thing that a gateway would refuse, or that would make a message useless. */
export interface ContentFault {
  readonly provider: 'tencent' | 'ronglian' | 'luosimao';
  readonly option: 'templates' | 'templateParams' | 'texts' | 'signature' | 'codeLength';
  readonly remedy: string;
}

/** A code template of Tencent takes 0 to 6 digits for a place; a spoken code of Ronglian has 4 to 8. */
const MOST_DIGITS = { tencent: 6, ronglian: 8 } as const;

const TEXT_FAULTS: Readonly<Record<TextFault, string>> = {
  VALUE_MISSING: 'shows a value that no message carries',
  CODE_AMBIGUOUS: 'has other digits as long as the code; people and phones would take them for it',
  TOO_LONG: 'is longer than 300 characters with the signature',
};

/** Everything that is known before the first message is sent. Pure. */
export function contentFaults(setup: ContentSetup): ContentFault[] {
  return [...templateFaults('tencent', setup), ...templateFaults('ronglian', setup), ...textFaults(setup)];
}

function templateFaults(provider: 'tencent' | 'ronglian', setup: ContentSetup): ContentFault[] {
  const gateway = setup[provider];
  if (!gateway) return [];
  const { templates = {}, templateParams = DEFAULT_TEMPLATE_PARAMS } = gateway;
  const faults: ContentFault[] = [];
  const add = (option: ContentFault['option'], remedy: string) => faults.push({ provider, option, remedy });
  for (const remedy of keyFaults(templates, setup)) add('templates', remedy);
  for (const remedy of paramFaults(templateParams, setup)) add('templateParams', remedy);
  for (const [key, template] of Object.entries(templates)) {
    if (typeof template !== 'object') continue;
    if (isNotice(key)) {
      if (template.params.length > 0) add('templates', `"${key}" names values, and a notice carries none`);
      continue;
    }
    for (const remedy of paramFaults(template.params, setup)) add('templates', `"${key}" ${remedy}`);
  }
  if (setup.codeLength > MOST_DIGITS[provider]) {
    add('codeLength', `is too long: ${provider} takes codes of at most ${MOST_DIGITS[provider]} digits`);
  }
  return faults;
}

function keyFaults(entries: ByPurpose<unknown>, { purposes, notices = [], locales }: ContentSetup): string[] {
  const all = [...purposes, ...notices];
  return Object.keys(entries).flatMap((key) => {
    const { purpose, locale } = readKey(key);
    const isPurpose = purpose === undefined || all.includes(purpose);
    if (!isPurpose) return [`names the purpose "${purpose}"; there are ${all.join(', ')}`];
    const isLocale = locale === undefined || locales.some((known) => known === locale);
    return isLocale ? [] : [`names the language "${locale}"; there are ${locales.join(', ')}`];
  });
}

function paramFaults(params: readonly string[], { values }: ContentSetup): string[] {
  const unknown = params.filter((name) => !values.includes(name));
  if (unknown.length > 0) {
    return [`names ${unknown.join(', ')}; a message carries ${values.join(', ')}`];
  }
  return params.includes('code') ? [] : ['must name code, or nobody gets one'];
}

function textFaults(setup: ContentSetup): ContentFault[] {
  const { luosimao, codeLength } = setup;
  if (!luosimao) return [];
  const { signature, texts = {} } = luosimao;
  const faults = keyFaults(texts, setup);
  // Judged apart, so that a signature with such digits is one fault and not one of every text.
  const wordless = signature.replace(/\p{Nd}/gu, '字');
  for (const [key, text] of Object.entries(texts)) {
    const fault = isNotice(key) ? noticeFault(text ?? '', wordless) : textFault(text ?? '', wordless, setup);
    if (fault) faults.push(`"${key}" ${fault}`);
  }
  const remedy = 'has as many digits in a row as a code; people and phones would take them for it';
  const runs = signature.match(/\p{Nd}+/gu) ?? [];
  const isCode = runs.some((run) => run.length === codeLength);
  return [
    ...faults.map((fault) => ({ provider: 'luosimao', option: 'texts', remedy: fault }) as const),
    ...(isCode ? ([{ provider: 'luosimao', option: 'signature', remedy }] as const) : []),
  ];
}

function noticeFault(text: string, signature: string): string | undefined {
  if (valuesIn(text).length > 0) return 'shows a value, and a notice carries none';
  const message = { purpose: 'any', locale: 'zh', values: {} } as const;
  const rendered = renderLuosimaoText(message, signature, { any: text });
  return 'fault' in rendered ? TEXT_FAULTS[rendered.fault] : undefined;
}

function textFault(
  text: string,
  signature: string,
  { values, codeLength }: ContentSetup,
): string | undefined {
  if (!valuesIn(text).includes('code')) return 'must show {code}';
  // The longest values a message can carry.
  const longest = Object.fromEntries(
    values.map((name) => [name, name === 'code' ? '0'.repeat(codeLength) : '10']),
  );
  const message = { purpose: 'any', locale: 'zh', values: longest } as const;
  const rendered = renderLuosimaoText(message, signature, { any: text });
  return 'fault' in rendered ? TEXT_FAULTS[rendered.fault] : undefined;
}
