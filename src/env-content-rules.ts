import { NOTICES } from './auth/account/notice-purposes';
import type { Env } from './env';
import { readTemplateIds, readTexts } from './env-content';
import type { EnvFault } from './env-rules';
import { LOCALES } from './sms/by-purpose';
import { contentFaults, type ContentFault } from './sms/content-faults';
import { PURPOSES } from './verification/purpose';

/** What every message of this service carries, see verification-content.ts. */
const VALUES = ['code', 'minutes'];

const VARIABLES: Readonly<Record<string, keyof Env>> = {
  'tencent.templates': 'TENCENT_TEMPLATE_IDS',
  'tencent.templateParams': 'TENCENT_TEMPLATE_PARAMS',
  'ronglian.templates': 'RONGLIAN_TEMPLATE_IDS',
  'ronglian.templateParams': 'RONGLIAN_TEMPLATE_PARAMS',
  'luosimao.texts': 'LUOSIMAO_TEXTS',
  'luosimao.signature': 'LUOSIMAO_SIGNATURE',
};

/** Texts and templates that a gateway would refuse, or that would reach nobody with a code. Pure. */
export function contentRules(env: Env, providers: readonly string[]): EnvFault[] {
  const uses = (name: string) => providers.includes(name);
  const faults = contentFaults({
    purposes: PURPOSES,
    notices: NOTICES,
    locales: LOCALES,
    values: VALUES,
    codeLength: env.CODE_LENGTH,
    // What cannot be read is a fault already: here it counts as unset.
    tencent: uses('tencent') ? templates(env.TENCENT_TEMPLATE_IDS, env.TENCENT_TEMPLATE_PARAMS) : undefined,
    ronglian: uses('ronglian')
      ? templates(env.RONGLIAN_TEMPLATE_IDS, env.RONGLIAN_TEMPLATE_PARAMS)
      : undefined,
    luosimao: uses('luosimao')
      ? { signature: env.LUOSIMAO_SIGNATURE ?? '', texts: readTexts(env.LUOSIMAO_TEXTS) }
      : undefined,
  });
  return faults.map((fault) => ({ variable: variableOf(fault), remedy: fault.remedy }));
}

function templates(ids: string | undefined, params: string) {
  return { templates: readTemplateIds(ids), templateParams: params.split(',') };
}

function variableOf({ provider, option }: ContentFault): string {
  return option === 'codeLength' ? 'CODE_LENGTH' : VARIABLES[`${provider}.${option}`];
}
