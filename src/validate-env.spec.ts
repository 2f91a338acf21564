import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { storageProvider } from './env';
import { InvalidEnvError, validateEnv, VARIABLES } from './validate-env';

const key = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=';
const tencent = {
  TENCENT_SECRET_ID: 'AKIDq1w2e3r4t5',
  TENCENT_SECRET_KEY: 'zXcVbNmAsDfGh',
  TENCENT_SMS_APP_ID: '1400006666',
  TENCENT_SIGN_NAME: '腾讯云',
  TENCENT_TEMPLATE_ID: '1110',
};
const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://gatecode@db/gatecode',
  REDIS_URL: 'redis://redis:6379',
  SECRET_KEY: key,
  SMS_PROVIDERS: 'tencent',
  ...tencent,
};

function faultsOf(variables: Record<string, string>): string[] {
  try {
    validateEnv(variables);
    return [];
  } catch (error) {
    return (error as InvalidEnvError).faults.map(({ variable }) => variable);
  }
}

describe('validateEnv', () => {
  it('needs nothing in development', () => {
    const env = validateEnv({});
    expect(env).toMatchObject({ NODE_ENV: 'development', PORT: 3000, CODE_LENGTH: 6, CODE_TTL: 300 });
  });

  it('takes an empty variable for an unset one', () => {
    expect(validateEnv({ PORT: '', SMS_PROVIDERS: '' }).PORT).toBe(3000);
  });

  it('wants a token where receipts have sources', () => {
    const SMS_RECEIPT_SOURCES = '203.0.113.7,198.51.100.0/24';
    expect(faultsOf({ SMS_RECEIPT_SOURCES })).toEqual(['SMS_RECEIPT_TOKEN']);
    expect(faultsOf({ SMS_RECEIPT_SOURCES, SMS_RECEIPT_TOKEN: 'notASecretReceiptToken' })).toEqual([]);
    for (const wrong of ['1', 'everybody', '203.0.113.7/99']) {
      const variables = { SMS_RECEIPT_SOURCES: wrong, SMS_RECEIPT_TOKEN: 'notASecretReceiptToken' };
      expect(faultsOf(variables)).toEqual(['SMS_RECEIPT_SOURCES']);
    }
  });

  it('names all faults at once, each with its remedy, and never a value', () => {
    const variables = {
      PORT: 'eighty',
      CODE_TTL: '601',
      SECRET_KEY: 'too-short-a-secret',
      COUNTRIES: 'china',
    };
    expect(faultsOf(variables).sort()).toEqual(['CODE_TTL', 'COUNTRIES', 'PORT', 'SECRET_KEY']);
    expect(() => validateEnv(variables)).toThrow(/CODE_TTL must be a whole number from 1 to 600/);
    expect(() => validateEnv(variables)).toThrow(/openssl rand -base64 32/);
    expect(() => validateEnv(variables)).not.toThrow(/too-short-a-secret/);
  });

  it.each([
    ['NODE_ENV', 'staging'],
    ['PORT', '1.5'],
    ['PORT', '0x50'.repeat(3)],
    ['CODE_LENGTH', '5'],
    ['CODE_LENGTH', '11'],
    ['CODE_TTL', '0'],
    ['CODE_MAX_ATTEMPTS', '11'],
    ['RESEND_COOLDOWN', '3601'],
    ['RESEND_COOLDOWN', '-1'],
    ['DATABASE_URL', 'mysql://db'],
    ['REDIS_URL', 'redis://a:1,http://b'],
    ['TENCENT_BASE_URL', 'http://sms.tencentcloudapi.com'],
    ['TENCENT_BASE_URL', 'https://sms.tencentcloudapi.com/path'],
    ['RONGLIAN_BODY_FORMAT', 'yaml'],
    ['SMS_PROVIDERS', 'twilio'],
    ['SMS_PROVIDERS', 'inbox,inbox'],
    ['CAPTCHA_MODE', 'sometimes'],
    ['TRUSTED_PROXIES', 'everybody'],
    ['SMS_RECEIPT_TOKEN', 'short'],
    ['SMS_RECEIPT_TOKEN', 'with a space in it all'],
    ['LUOSIMAO_RECEIPT_STATUSES', 'DELIVRD'],
    ['LUOSIMAO_RECEIPT_STATUSES', 'DELIVRD:sent'],
    ['TRUSTED_PROXIES', '300.1.1.1/99'],
    ['COUNTRIES', 'CN,XX'],
    ['ADMIN_PHONES', '13800138000,010-6552-9988'],
    ['ROLES', 'support,Boss'],
    ['ROLES', 'support,'],
    ['ACCOUNT_HOLD_DAYS', '-1'],
    ['REGISTRATION_STEPS', 'phone,passwort'],
    ['REGISTRATION_STEPS', 'phone,phone'],
    ['REGISTRATION_TTL', '59'],
    ['POLICY_VERSION', 'of today'],
    ['RESEND_COOLDOWN', '0x10'],
    ['METRICS_PORT', '65536'],
    ['METRICS_TOKEN', 'short'],
    ['WEBHOOK_SECRET', 'of-31-characters-xxxxxxxxxxxxxx'],
    ['WEBHOOK_SECRET', `whsec_${'?'.repeat(40)}`],
    ['WEBHOOK_EVENTS', 'sms.*.accepted'],
    ['TENCENT_TEMPLATE_IDS', 'login'],
    ['RONGLIAN_TEMPLATE_IDS', 'login=1,login=2'],
    ['TENCENT_TEMPLATE_PARAMS', 'code,'],
    ['LUOSIMAO_TEXTS', '{"login":'],
    ['STORAGE_PROVIDER', 'ftp'],
    ['STORAGE_SIGNED_URLS', 'yes'],
    ['AVATAR_MAX_BYTES', '1000'],
    ['UPLOADS_PER_DAY', '-1'],
    ['S3_ENDPOINT', 'http://s3.example.org'],
    ['S3_ENDPOINT', 'https://s3.example.org/bucket'],
    ['S3_REGION', 'US East'],
    ['S3_BUCKET', 'a/b'],
    ['S3_PUBLIC_URL', 'http://cdn.example.org/avatars'],
    ['S3_PUBLIC_URL', 'https://cdn.example.org/?a=b'],
    ['S3_FORCE_PATH_STYLE', '1'],
    ['QINIU_DOMAIN', 'cdn.example.org'],
    ['QINIU_UPLOAD_URL', 'http://upload.example.org'],
    ['QINIU_CALLBACK_URL', 'http://api.example.org/v1/hooks/storage/qiniu'],
    ['QINIU_PRIVATE', 'no'],
  ])('refuses %s=%s', (variable, value) => {
    expect(faultsOf({ [variable]: value })).toEqual([variable]);
  });

  it.each([
    ['https://shop.example.org/hooks?for=gatecode,http://127.0.0.1:4000/hooks', []],
    ['http://shop.example.org/hooks', ['WEBHOOK_URLS']],
    ['https://user:password@shop.example.org/hooks', ['WEBHOOK_URLS']],
    ['https://shop.example.org/hooks,', ['WEBHOOK_URLS']],
  ])('takes webhooks to %s with the faults %j', (urls, faults) => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(faultsOf({ WEBHOOK_URLS: urls, WEBHOOK_SECRET: secret })).toEqual(faults);
    expect(faultsOf({ WEBHOOK_URLS: urls })).toEqual([...faults, 'WEBHOOK_SECRET']);
  });

  it.each([
    '*',
    'sms.receipt',
    'sms.*,session.*',
    'sms.attempt.*,verification.checked',
    'sms.message.failed',
  ])('takes webhooks for %s', (events) => expect(faultsOf({ WEBHOOK_EVENTS: events })).toEqual([]));

  it('names the events that there are when it knows one of them not', () => {
    expect(() => validateEnv({ WEBHOOK_EVENTS: 'sms.receipt,sms.recieved,sesion.*' })).toThrow(
      /^ {2}WEBHOOK_EVENTS names "sms\.recieved", "sesion\.\*"; known are .*sms\.receipt, .*verification\.checked, and prefixes of them such as sms\.\*$/m,
    );
    expect(faultsOf({ WEBHOOK_EVENTS: 'sms' })).toEqual(['WEBHOOK_EVENTS']);
  });

  it('wants a port of their own for the metrics', () => {
    expect(faultsOf({ PORT: '3000', METRICS_PORT: '3000' })).toEqual(['METRICS_PORT']);
    expect(faultsOf({ METRICS_PORT: '9464' })).toEqual([]);
  });

  it('lets base URLs point at a simulator on this machine', () => {
    expect(
      faultsOf({ TENCENT_BASE_URL: 'http://127.0.0.1:9000', LUOSIMAO_BASE_URL: 'http://localhost:9001' }),
    ).toEqual([]);
  });

  it('wants the credentials of every provider that is named', () => {
    expect(faultsOf({ SMS_PROVIDERS: 'tencent:3,luosimao' }).sort()).toEqual(
      ['LUOSIMAO_API_KEY', 'LUOSIMAO_SIGNATURE', ...Object.keys(tencent)].sort(),
    );
  });

  it('names every text and template that a gateway would refuse, and how to mend it', () => {
    const content = {
      SMS_PROVIDERS: 'tencent,ronglian,luosimao',
      ...tencent,
      RONGLIAN_ACCOUNT_SID: '8a216da8f00dcafe',
      RONGLIAN_AUTH_TOKEN: '0f1e2d3c4b5a6978',
      RONGLIAN_APP_ID: '8a216da8f00dbeef',
      RONGLIAN_TEMPLATE_ID: '1',
      LUOSIMAO_API_KEY: 'a1b2c3d4e5f6',
      LUOSIMAO_SIGNATURE: '示例公司',
    };
    expect(faultsOf(content)).toEqual([]);
    const wrong = {
      CODE_LENGTH: '7',
      LUOSIMAO_SIGNATURE: '公司7654321',
      LUOSIMAO_TEXTS: '{"login":{"zh":"您好"}}',
      RONGLIAN_TEMPLATE_IDS: '@fr=3',
      RONGLIAN_TEMPLATE_PARAMS: 'minutes',
      TENCENT_TEMPLATE_IDS: 'login=1110,logon=1112',
      TENCENT_TEMPLATE_PARAMS: 'code,name',
    };
    expect(faultsOf({ ...content, ...wrong }).sort()).toEqual(Object.keys(wrong));
    expect(() => validateEnv({ ...content, ...wrong })).toThrow(
      /TENCENT_TEMPLATE_IDS names the purpose "logon"; there are register, login/,
    );
    expect(() => validateEnv({ ...content, ...wrong })).toThrow(
      /LUOSIMAO_TEXTS "login@zh" must show \{code\}/,
    );
    expect(faultsOf({ ...content, ...wrong, SMS_PROVIDERS: 'inbox' })).toEqual([]);
  });

  it('wants what the store can not be used without, all of it at once', () => {
    expect(faultsOf({ STORAGE_PROVIDER: 'local' })).toEqual([]);
    expect(faultsOf({ STORAGE_PROVIDER: 's3' })).toEqual(['S3_REGION', 'S3_BUCKET']);
    expect(faultsOf({ STORAGE_PROVIDER: 'qiniu' })).toEqual([
      'QINIU_ACCESS_KEY',
      'QINIU_SECRET_KEY',
      'QINIU_BUCKET',
      'QINIU_DOMAIN',
    ]);
    expect(() => validateEnv({ STORAGE_PROVIDER: 'qiniu' })).toThrow(
      /QINIU_DOMAIN must be set, because STORAGE_PROVIDER is qiniu/,
    );
  });

  it('takes S3 without keys on AWS only, and never half a key', () => {
    const s3 = { STORAGE_PROVIDER: 's3', S3_REGION: 'us-east-1', S3_BUCKET: 'avatars' };
    const there = { ...s3, S3_ENDPOINT: 'http://127.0.0.1:9000' };
    expect(faultsOf(s3)).toEqual([]);
    expect(faultsOf({ ...s3, S3_ACCESS_KEY_ID: 'half' })).toEqual(['S3_SECRET_ACCESS_KEY']);
    expect(faultsOf(there)).toEqual(['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY']);
    expect(faultsOf({ ...there, S3_ACCESS_KEY_ID: 'one', S3_SECRET_ACCESS_KEY: 'two' })).toEqual([]);
  });

  it('has public URLs only where they lead somewhere', () => {
    const s3 = { STORAGE_PROVIDER: 's3', S3_REGION: 'us-east-1', S3_BUCKET: 'avatars' };
    expect(faultsOf({ ...s3, STORAGE_SIGNED_URLS: 'true' })).toEqual([]);
    expect(faultsOf({ ...s3, STORAGE_SIGNED_URLS: 'false' })).toEqual(['S3_PUBLIC_URL']);
    const cdn = { S3_PUBLIC_URL: 'https://cdn.example.org/avatars' };
    expect(faultsOf({ ...s3, ...cdn, STORAGE_SIGNED_URLS: 'false' })).toEqual([]);
    const qiniu = {
      STORAGE_PROVIDER: 'qiniu',
      QINIU_ACCESS_KEY: 'a1b2c3d4e5f6',
      QINIU_SECRET_KEY: 'f6e5d4c3b2a1',
      QINIU_BUCKET: 'avatars',
      QINIU_DOMAIN: 'https://cdn.example.org',
    };
    expect(faultsOf({ ...qiniu, STORAGE_SIGNED_URLS: 'false' })).toEqual(['QINIU_PRIVATE']);
    expect(faultsOf({ ...qiniu, STORAGE_SIGNED_URLS: 'false', QINIU_PRIVATE: 'false' })).toEqual([]);
  });

  it('keeps files on the disk of production only where it is asked to, and can be reached', () => {
    expect(storageProvider(validateEnv({}))).toBe('local');
    expect(storageProvider(validateEnv(production))).toBeUndefined();
    expect(faultsOf({ ...production, STORAGE_PROVIDER: 'local' })).toEqual(['PUBLIC_URL']);
    const reached = { STORAGE_PROVIDER: 'local', PUBLIC_URL: 'https://api.example.org' };
    expect(faultsOf({ ...production, ...reached })).toEqual([]);
  });

  it('starts in production with what production needs', () => {
    expect(faultsOf(production)).toEqual([]);
  });

  it('names everything production lacks', () => {
    expect(faultsOf({ NODE_ENV: 'production' }).sort()).toEqual([
      'DATABASE_URL',
      'REDIS_URL',
      'SECRET_KEY',
      'SMS_PROVIDERS',
    ]);
  });

  it.each([
    ['the inbox', { SMS_PROVIDERS: 'tencent,inbox' }, 'SMS_PROVIDERS'],
    ['no captcha', { CAPTCHA_MODE: 'never' }, 'CAPTCHA_MODE'],
    ['a limit of 0', { PHONE_DAILY_LIMIT: '0' }, 'PHONE_DAILY_LIMIT'],
    ['uploads without a limit', { UPLOADS_PER_DAY: '0' }, 'UPLOADS_PER_DAY'],
    ['a sample key id', { S3_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' }, 'S3_ACCESS_KEY_ID'],
    ['no cool-down', { RESEND_COOLDOWN: '0' }, 'RESEND_COOLDOWN'],
    ['a short secret of a client', { OAUTH_CLIENTS: 'shop:short-secret-0123456789' }, 'OAUTH_CLIENTS'],
    [
      'a sample secret of a client',
      { OAUTH_CLIENTS: `shop:example${'0123456789'.repeat(4)}` },
      'OAUTH_CLIENTS',
    ],
    ['a sample key', { TENCENT_SECRET_KEY: 'exampleSecretKey0000000000000001' }, 'TENCENT_SECRET_KEY'],
    [
      'a key without randomness',
      { SECRET_KEY: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
      'SECRET_KEY',
    ],
  ])('refuses %s in production', (_, change, variable) => {
    expect(faultsOf({ ...production, ...change })).toEqual([variable]);
  });
});

it.each(['shop', 'shop:', 'shop:short', 'a b:0123456789', 'shop:0123456789,shop:0123456789', ':0123456789'])(
  'clients are no "%s"',
  (OAUTH_CLIENTS) => {
    expect(() => validateEnv({ OAUTH_CLIENTS })).toThrow(/OAUTH_CLIENTS must be ids and secrets/);
  },
);

it('.env.example lists every variable', () => {
  const example = readFileSync(join(__dirname, '..', '.env.example'), 'utf8');
  const listed = new Set([...example.matchAll(/^#?\s?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name));
  expect([...VARIABLES].filter((name) => !listed.has(name))).toEqual([]);
});
