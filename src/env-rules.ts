import type { Env } from './env';

/** One thing that is wrong with the configuration, and how to mend it. */
export interface EnvFault {
  readonly variable: string;
  readonly remedy: string;
}

/** What each gateway can't be called without. */
const CREDENTIALS = {
  luosimao: ['LUOSIMAO_API_KEY', 'LUOSIMAO_SIGNATURE'],
  ronglian: ['RONGLIAN_ACCOUNT_SID', 'RONGLIAN_AUTH_TOKEN', 'RONGLIAN_APP_ID', 'RONGLIAN_TEMPLATE_ID'],
  tencent: [
    'TENCENT_SECRET_ID',
    'TENCENT_SECRET_KEY',
    'TENCENT_SMS_APP_ID',
    'TENCENT_SIGN_NAME',
    'TENCENT_TEMPLATE_ID',
  ],
  inbox: [],
} as const satisfies Record<string, readonly (keyof Env)[]>;

export type ProviderName = keyof typeof CREDENTIALS;

const LIMITS = [
  'RESEND_COOLDOWN',
  'PHONE_HOURLY_LIMIT',
  'PHONE_DAILY_LIMIT',
  'CHECK_HOURLY_LIMIT',
  'IP_HOURLY_LIMIT',
  'SEGMENT_HOURLY_LIMIT',
  'LIVE_VERIFICATIONS',
  'PASSWORD_HOURLY_LIMIT',
  'THROTTLE_PER_MINUTE',
] as const satisfies readonly (keyof Env)[];

/** Names without weights, in order: weights steer the routing to come. */
export function providerNames(env: Pick<Env, 'SMS_PROVIDERS'>): string[] {
  return (env.SMS_PROVIDERS ?? 'inbox').split(',').map((item) => item.split(':')[0]);
}

/** Rules that need more than one variable. Pure. */
export function crossFaults(env: Env): EnvFault[] {
  return [...providerFaults(env), ...(env.NODE_ENV === 'production' ? productionFaults(env) : [])];
}

function providerFaults(env: Env): EnvFault[] {
  const names = providerNames(env);
  const known = Object.keys(CREDENTIALS);
  const faults = names
    .filter((name) => !known.includes(name))
    .map((name) => ({ variable: 'SMS_PROVIDERS', remedy: `names "${name}"; known are ${known.join(', ')}` }));
  if (new Set(names).size < names.length) {
    faults.push({ variable: 'SMS_PROVIDERS', remedy: 'names a provider twice; name each once' });
  }
  for (const name of new Set(names)) {
    for (const variable of CREDENTIALS[name as ProviderName] ?? []) {
      if (env[variable] === undefined) {
        faults.push({ variable, remedy: `must be set, because SMS_PROVIDERS names ${name}` });
      }
    }
  }
  return faults;
}

function productionFaults(env: Env): EnvFault[] {
  const faults: EnvFault[] = [];
  const must = (variable: keyof Env, remedy: string): void => {
    if (env[variable] === undefined)
      faults.push({ variable, remedy: `must be set in production: ${remedy}` });
  };
  must('DATABASE_URL', 'the embedded PostgreSQL is for development only');
  must('REDIS_URL', 'the embedded Redis is for development only');
  must('SECRET_KEY', '32 random bytes in base64; make one with: openssl rand -base64 32');
  must('SMS_PROVIDERS', 'name the gateways to send through, e.g. tencent,luosimao');
  if (env.SMS_PROVIDERS !== undefined && providerNames(env).includes('inbox')) {
    faults.push({
      variable: 'SMS_PROVIDERS',
      remedy: 'names inbox, which sends nothing; name a gateway in production',
    });
  }
  if (env.CAPTCHA_MODE === 'never') {
    faults.push({ variable: 'CAPTCHA_MODE', remedy: 'must be always or risk in production' });
  }
  for (const variable of LIMITS) {
    if (env[variable] === 0) {
      faults.push({ variable, remedy: 'is 0, which means no limit; production needs one' });
    }
  }
  for (const [variable, value] of Object.entries(env)) {
    if (isSecret(variable) && typeof value === 'string' && isSample(value)) {
      faults.push({ variable, remedy: 'is a sample value; set your own' });
    }
  }
  return faults;
}

function isSecret(variable: string): boolean {
  return /(_KEY|_SECRET|_TOKEN|_SID|SECRET_ID)$/.test(variable);
}

/** Documentation's values, and keys without any randomness in them. */
function isSample(value: string): boolean {
  return /example|sample|changeme|change-me|your-/i.test(value) || new Set(value).size < 6;
}
