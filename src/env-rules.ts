import { canonicalPhone } from './common/phone';
import type { Env } from './env';
import { contentRules } from './env-content-rules';
import { storageRules } from './env-storage-rules';
import { areEventPatterns, readOauthClients } from './env-validators';
import { pricesOf } from './sms-settings';
import { parseTestNumbers } from './verification/test-numbers';
import { EVENT_NAMES, unknownEvents } from './webhooks/event-names';

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
  'PREFIX_HOURLY_LIMIT',
  'VOICE_COOLDOWN',
  'VOICE_DAILY_LIMIT',
  'SMS_MINUTE_BUDGET',
  'SMS_HOURLY_BUDGET',
  'SMS_DAILY_BUDGET',
  'SEGMENT_HOURLY_LIMIT',
  'LIVE_VERIFICATIONS',
  'PASSWORD_HOURLY_LIMIT',
  'THROTTLE_PER_MINUTE',
  'UPLOADS_PER_DAY',
  'UPLOADS_OPEN',
] as const satisfies readonly (keyof Env)[];

/** Names without weights, in order: weights steer the routing to come. */
export function providerNames(env: Pick<Env, 'SMS_PROVIDERS'>): string[] {
  return (env.SMS_PROVIDERS ?? 'inbox').split(',').map((item) => item.split(':')[0]);
}

/** Rules that need more than one variable. Pure. */
export function crossFaults(env: Env): EnvFault[] {
  return [
    ...providerFaults(env),
    ...receiptFaults(env),
    ...metricsFaults(env),
    ...webhookFaults(env),
    ...adminPhoneFaults(env),
    ...testNumberFaults(env),
    ...spendFaults(env),
    ...storageRules(env),
    ...(env.NODE_ENV === 'production' ? productionFaults(env) : []),
  ];
}

function providerFaults(env: Env): EnvFault[] {
  const names = providerNames(env);
  const known = Object.keys(CREDENTIALS);
  const faults = names
    .filter((name) => !known.includes(name))
    .map((name) => ({ variable: 'SMS_PROVIDERS', remedy: `names "${name}"; known are ${known.join(', ')}` }));
  faults.push(...contentRules(env, names));
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

function webhookFaults({ WEBHOOK_URLS, WEBHOOK_SECRET, WEBHOOK_EVENTS }: Env): EnvFault[] {
  const faults: EnvFault[] = [];
  if (WEBHOOK_URLS !== undefined && WEBHOOK_SECRET === undefined) {
    const remedy = 'must be set, because WEBHOOK_URLS is: it signs what is told';
    faults.push({ variable: 'WEBHOOK_SECRET', remedy });
  }
  // What cannot be read is a fault already.
  const isReadable = WEBHOOK_EVENTS !== undefined && areEventPatterns(WEBHOOK_EVENTS);
  const unknown = isReadable ? unknownEvents(WEBHOOK_EVENTS.split(',')) : [];
  if (unknown.length > 0) {
    const names = unknown.map((name) => `"${name}"`).join(', ');
    const remedy = `names ${names}; known are ${EVENT_NAMES.join(', ')}, and prefixes of them such as sms.*`;
    faults.push({ variable: 'WEBHOOK_EVENTS', remedy });
  }
  return faults;
}

function metricsFaults({ PORT, METRICS_PORT }: Env): EnvFault[] {
  if (!METRICS_PORT || METRICS_PORT !== PORT) return [];
  return [{ variable: 'METRICS_PORT', remedy: 'is the port of the API; choose another one' }];
}

function adminPhoneFaults({ ADMIN_PHONES, COUNTRIES }: Env): EnvFault[] {
  const countries = COUNTRIES.split(',');
  return (ADMIN_PHONES?.split(',') ?? []).flatMap((spelling, place) => {
    if ('phone' in canonicalPhone(spelling, countries)) return [];
    const remedy = `number ${place + 1} is not a mobile number of an enabled country`;
    return [{ variable: 'ADMIN_PHONES', remedy }];
  });
}

const MOST_TEST_NUMBERS = 10;
const TEST_DAYS = 30;

function testNumberFaults(env: Env): EnvFault[] {
  const variable = 'SMS_TEST_NUMBERS';
  const numbers = parseTestNumbers(env[variable]);
  const faults: EnvFault[] = [];
  const fault = (remedy: string) => faults.push({ variable, remedy });
  if (numbers.length > MOST_TEST_NUMBERS) fault(`names more than ${MOST_TEST_NUMBERS} numbers`);
  const countries = env.COUNTRIES.split(',');
  const admins = (env.ADMIN_PHONES?.split(',') ?? []).map((spelling) => canonicalPhone(spelling, countries));
  numbers.forEach(({ phone, until }, place) => {
    const name = `number ${place + 1}`;
    const canonical = canonicalPhone(phone, countries);
    if ('fault' in canonical) fault(`${name} is not a mobile number of an enabled country`);
    if (admins.some((admin) => 'phone' in admin && admin.phone === phone)) {
      fault(`${name} is an administrator's (ADMIN_PHONES); anybody who knows its code would be one`);
    }
    if (until !== undefined && !isDay(until)) fault(`${name} ends on no day`);
    if (env.NODE_ENV !== 'production') return;
    const days = (Date.parse(`${until ?? '9999-12-31'}T00:00:00Z`) - Date.now()) / 86_400_000;
    if (days > TEST_DAYS)
      fault(`${name} needs an end date within ${TEST_DAYS} days in production: @YYYY-MM-DD`);
  });
  return faults;
}

/** Without this `2026-02-31` would be the third of March. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function spendFaults(env: Env): EnvFault[] {
  const prices = pricesOf(env);
  const limited = (['SMS_MINUTE_SPEND', 'SMS_HOURLY_SPEND', 'SMS_DAILY_SPEND'] as const).filter(
    (name) => env[name],
  );
  const known = Object.keys(CREDENTIALS);
  const faults: EnvFault[] = Object.keys(prices)
    .filter((name) => !known.includes(name))
    .map((name) => ({ variable: 'SMS_PRICES', remedy: `names "${name}"; known are ${known.join(', ')}` }));
  const unpriced = [...new Set(providerNames(env))].filter((name) => prices[name] === undefined);
  if (unpriced.length === 0) return faults;
  const remedy = `can't be kept without a price for ${unpriced.join(', ')}; name it in SMS_PRICES`;
  return [...faults, ...limited.map((variable) => ({ variable, remedy }))];
}

function receiptFaults(env: Env): EnvFault[] {
  if (env.SMS_RECEIPT_SOURCES === undefined || env.SMS_RECEIPT_TOKEN !== undefined) return [];
  const remedy = 'must be set, because SMS_RECEIPT_SOURCES is; make one with: openssl rand -hex 24';
  return [{ variable: 'SMS_RECEIPT_TOKEN', remedy }];
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
  if (env.CRASH_AT !== undefined) {
    faults.push({ variable: 'CRASH_AT', remedy: 'kills the process on purpose; unset it in production' });
  }
  if (env.CAPTCHA_MODE === 'never') {
    faults.push({ variable: 'CAPTCHA_MODE', remedy: 'must be always or risk in production' });
  }
  for (const variable of LIMITS) {
    if (env[variable] === 0) {
      faults.push({ variable, remedy: 'is 0, which means no limit; production needs one' });
    }
  }
  faults.push(...oauthClientFaults(env));
  for (const [variable, value] of Object.entries(env)) {
    if (isSecret(variable) && typeof value === 'string' && isSample(value)) {
      faults.push({ variable, remedy: 'is a sample value; set your own' });
    }
  }
  return faults;
}

const SHORTEST_CLIENT_SECRET = 32;

function oauthClientFaults({ OAUTH_CLIENTS }: Env): EnvFault[] {
  if (OAUTH_CLIENTS === undefined) return [];
  return readOauthClients(OAUTH_CLIENTS)
    .filter(({ secret }) => secret.length < SHORTEST_CLIENT_SECRET || isSample(secret))
    .map(({ id }) => ({
      variable: 'OAUTH_CLIENTS',
      remedy: `has a secret for ${id} that is short or a sample; make one with: openssl rand -hex 32`,
    }));
}

function isSecret(variable: string): boolean {
  return /(_KEY|_SECRET|_TOKEN|_SID|SECRET_ID|KEY_ID)$/.test(variable);
}

/** Documentation's values, and keys without any randomness in them. */
function isSample(value: string): boolean {
  return /example|sample|changeme|change-me|your-/i.test(value) || new Set(value).size < 6;
}
