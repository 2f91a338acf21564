import { IsIn, IsOptional } from 'class-validator';
import { isStep, POLICY_VERSION, REGISTRATION_TTL, STEPS } from './auth/registration/registration-steps';
import { ROLE } from './auth/account/roles';
import type { LogThreshold } from './common/json-logger';
import type { HttpPlatform } from './http/platform';
import { IDEMPOTENCY_TTL } from './idempotency/idempotency.options';
import { readTemplateIds, readTexts } from './env-content';
import {
  areCountries,
  areEventPatterns,
  areOauthClients,
  areWebhookUrls,
  Check,
  isAddress,
  isBucket,
  isRegion,
  isSecretKey,
  isTrustedProxies,
  isWebhookSecret,
  Origin,
  Whole,
} from './env-validators';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from './tokens/key-set.interface';

const DAY = 86_400;
const text = (most: number) =>
  Check('text', (value) => value.length <= most, `must have at most ${most} characters`);

const TEMPLATE_IDS =
  'must be ids of templates by purpose and language, each once, with commas: login=1110,login@en=1112';
const PARAM_NAMES = /^[A-Za-z]\w*(,[A-Za-z]\w*)*$/;
const PROVIDER_LIST = /^[a-z]+(:[1-9]\d{0,3})?(,[a-z]+(:[1-9]\d{0,3})?)*$/;
const RECEIPT_STATUSES = /^[^\s:,]{1,40}:(delivered|undelivered)(,[^\s:,]{1,40}:(delivered|undelivered))*$/;
const REDIS_LIST = /^rediss?:\/\/[^,\s]+(,rediss?:\/\/[^,\s]+)*$/;
const TEST_NUMBERS = /^\+\d{6,15}=\d{6,10}(@\d{4}-\d{2}-\d{2})?(,\+\d{6,15}=\d{6,10}(@\d{4}-\d{2}-\d{2})?)*$/;

const PLAIN_ADDRESS =
  'must be an address like https://host/path, without a query; plain http only for 127.0.0.1 and localhost';

const STORAGE_PROVIDERS = ['local', 's3', 'qiniu'] as const;
export type StorageProvider = (typeof STORAGE_PROVIDERS)[number];

/**
 * Everything the environment can say: names, defaults and bounds are part of the contract.
 * What depends on more than one variable is in env-rules.ts.
 */
export class Env {
  @IsIn(['development', 'test', 'production'], {
    message: 'must be development, test or production; leave it unset for development',
  })
  readonly NODE_ENV: 'development' | 'test' | 'production' = 'development';
  @Whole(0, 65_535) readonly PORT: number = 3000;
  @Check('host', (value) => /^[0-9A-Za-z.:-]+$/.test(value), 'must be an address or host name to listen on')
  readonly HOST?: string;
  @Check(
    'url',
    (value) => /^postgres(ql)?:\/\/\S+$/.test(value),
    'must look like postgres://user:password@host:5432/database',
  )
  readonly DATABASE_URL?: string;
  @Check(
    'url',
    (value) => REDIS_LIST.test(value),
    'must look like redis://host:6379 or rediss://…; several nodes, with commas between them, are a Cluster',
  )
  readonly REDIS_URL?: string;
  @Check(
    'secretKey',
    isSecretKey,
    'must be 32 random bytes in base64; make one with: openssl rand -base64 32',
  )
  readonly SECRET_KEY?: string;
  @Origin() readonly PUBLIC_URL?: string;
  @Check(
    'proxies',
    isTrustedProxies,
    'must be a number of hops (1) or addresses and CIDRs with commas between them (10.0.0.0/8)',
  )
  readonly TRUSTED_PROXIES?: string;
  @IsIn(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
    message: 'must be silent, fatal, error, warn, info, debug or trace',
  })
  readonly LOG_LEVEL: LogThreshold = 'info';
  @IsIn(['express', 'fastify'], { message: 'must be express or fastify' })
  readonly HTTP_ADAPTER: HttpPlatform = 'express';
  @text(1_000) readonly DATA_DIR: string = '.data';

  @Check(
    'providers',
    (value) => PROVIDER_LIST.test(value),
    'must be provider names in order, with weights from 1 on if you like: tencent:3,ronglian:1,luosimao',
  )
  readonly SMS_PROVIDERS?: string;
  @text(200) readonly LUOSIMAO_API_KEY?: string;
  @text(40) readonly LUOSIMAO_SIGNATURE?: string;
  @Check(
    'texts',
    (value) => readTexts(value) !== undefined,
    'must be a JSON object of texts by purpose and language: {"login": {"zh": "…{code}…", "en": "…{code}…"}}',
  )
  readonly LUOSIMAO_TEXTS?: string;
  @Origin() readonly LUOSIMAO_BASE_URL: string = 'https://sms-api.luosimao.com';
  @text(200) readonly LUOSIMAO_VOICE_API_KEY?: string;
  @Origin() readonly LUOSIMAO_VOICE_BASE_URL: string = 'https://voice-api.luosimao.com';
  @text(200) readonly RONGLIAN_ACCOUNT_SID?: string;
  @text(200) readonly RONGLIAN_AUTH_TOKEN?: string;
  @text(200) readonly RONGLIAN_APP_ID?: string;
  @Check('digits', (value) => /^\d+$/.test(value), 'must be digits, as the console shows it')
  readonly RONGLIAN_TEMPLATE_ID?: string;
  @Check('templates', (value) => readTemplateIds(value) !== undefined, TEMPLATE_IDS)
  readonly RONGLIAN_TEMPLATE_IDS?: string;
  @Origin() readonly RONGLIAN_BASE_URL: string = 'https://app.cloopen.com:8883';
  @IsIn(['json', 'xml'], { message: 'must be json or xml' }) readonly RONGLIAN_BODY_FORMAT: 'json' | 'xml' =
    'json';
  @Check(
    'names',
    (value) => PARAM_NAMES.test(value),
    'must be names of values in the order of the template, with commas: code,minutes',
  )
  readonly RONGLIAN_TEMPLATE_PARAMS: string = 'code,minutes';
  @text(200) readonly TENCENT_SECRET_ID?: string;
  @text(200) readonly TENCENT_SECRET_KEY?: string;
  @Check('digits', (value) => /^\d+$/.test(value), 'must be digits, such as 1400006666')
  readonly TENCENT_SMS_APP_ID?: string;
  @text(40) readonly TENCENT_SIGN_NAME?: string;
  @Check('digits', (value) => /^\d+$/.test(value), 'must be digits, as the console shows it')
  readonly TENCENT_TEMPLATE_ID?: string;
  @Check('templates', (value) => readTemplateIds(value) !== undefined, TEMPLATE_IDS)
  readonly TENCENT_TEMPLATE_IDS?: string;
  @Check(
    'names',
    (value) => PARAM_NAMES.test(value),
    'must be names of values in the order of the template, with commas: code,minutes',
  )
  readonly TENCENT_TEMPLATE_PARAMS: string = 'code,minutes';
  @text(40) readonly TENCENT_REGION: string = 'ap-guangzhou';
  @Origin() readonly TENCENT_BASE_URL: string = 'https://sms.tencentcloudapi.com';
  @Whole(100, 30_000) readonly SMS_TIMEOUT_MS: number = 5_000;
  @Whole(2, 3_650) readonly SMS_RETENTION_DAYS: number = 90;
  @Check(
    'token',
    (value) => /^[A-Za-z0-9_-]{16,128}$/.test(value),
    'must be 16 to 128 letters, digits, _ or -; make one with: openssl rand -hex 24',
  )
  readonly SMS_RECEIPT_TOKEN?: string;
  @Check(
    'sources',
    (value) => /[.:]/.test(value) && isTrustedProxies(value),
    'must be addresses and CIDRs with commas between them: 203.0.113.7,198.51.100.0/24',
  )
  readonly SMS_RECEIPT_SOURCES?: string;
  @Check(
    'statuses',
    (value) => RECEIPT_STATUSES.test(value),
    'must be values of status and what they mean: DELIVRD:delivered,UNDELIV:undelivered',
  )
  readonly LUOSIMAO_RECEIPT_STATUSES: string = 'DELIVRD:delivered,0:delivered,1:delivered,success:delivered';
  @IsOptional() @Whole(0, 1_000_000_000) readonly SMS_MINUTE_BUDGET?: number;
  @IsOptional() @Whole(0, 1_000_000_000) readonly SMS_HOURLY_BUDGET?: number;
  @IsOptional() @Whole(0, 1_000_000_000) readonly SMS_DAILY_BUDGET?: number;
  @IsOptional() @Whole(0, 1_000_000_000) readonly SMS_MINUTE_SPEND?: number;
  @IsOptional() @Whole(0, 1_000_000_000) readonly SMS_HOURLY_SPEND?: number;
  @IsOptional() @Whole(0, 1_000_000_000) readonly SMS_DAILY_SPEND?: number;
  @Check(
    'prices',
    (value) => /^[a-z]+:\d{1,6}(,[a-z]+:\d{1,6})*$/.test(value),
    'must be minor units for one segment by provider: tencent:5,ronglian:4',
  )
  readonly SMS_PRICES?: string;
  @Check(
    'classes',
    (value) => /^[KTQ](,[KTQ])*$/.test(value),
    'must be classes of refusals that fail over on request: K (blacklists), T (content), Q (daily caps)',
  )
  readonly SMS_FAIL_OVER_ON?: string;
  @Check(
    'testNumbers',
    (value) => TEST_NUMBERS.test(value),
    'must look like +8613800000000=246810@2026-12-31',
  )
  readonly SMS_TEST_NUMBERS?: string;

  @IsOptional()
  @IsIn(['always', 'risk', 'never'], { message: 'must be always, risk or never' })
  readonly CAPTCHA_MODE?: 'always' | 'risk' | 'never';
  @Whole(6, 10) readonly CODE_LENGTH: number = 6;
  @Whole(1, 600) readonly CODE_TTL: number = 300;
  @Whole(1, 10) readonly CODE_MAX_ATTEMPTS: number = 5;
  @Whole(0, 3_600) readonly RESEND_COOLDOWN: number = 60;
  @Whole(0, 1_000_000) readonly PHONE_HOURLY_LIMIT: number = 5;
  @Whole(0, 1_000_000) readonly PHONE_DAILY_LIMIT: number = 10;
  @Whole(0, 1_000_000) readonly CHECK_HOURLY_LIMIT: number = 15;
  @Whole(0, 1_000_000_000) readonly IP_HOURLY_LIMIT: number = 20;
  @IsOptional() @Whole(0, 1_000_000_000) readonly PREFIX_HOURLY_LIMIT?: number;
  @Whole(0, 1_000_000_000) readonly SEGMENT_HOURLY_LIMIT: number = 50;
  @IsIn(['block', 'challenge', 'record'], { message: 'must be block, challenge or record' })
  readonly SEGMENT_EFFECT: 'block' | 'challenge' | 'record' = 'block';
  @IsOptional() @Whole(0, 3_600) readonly VOICE_COOLDOWN?: number;
  @IsOptional() @Whole(0, 1_000_000) readonly VOICE_DAILY_LIMIT?: number;
  @Whole(0, 1_000) readonly LIVE_VERIFICATIONS: number = 3;
  @Whole(0, 1_000_000) readonly PASSWORD_HOURLY_LIMIT: number = 10;
  @IsIn(['true', 'false'], { message: 'must be true or false' })
  readonly LOGIN_CREATES_USERS: 'true' | 'false' = 'true';
  @Whole(0, 36_500) readonly IDLE_ACCOUNT_DAYS: number = 0;
  @Check(
    'steps',
    (value) => value.split(',').every((name, at, all) => isStep(name) && all.indexOf(name) === at),
    'must be steps that are required, each once, with commas: phone,password,profile',
  )
  readonly REGISTRATION_STEPS: string = STEPS.join(',');
  @Whole(60, 86_400) readonly REGISTRATION_TTL: number = REGISTRATION_TTL;
  @Check(
    'version',
    (value) => /^[A-Za-z0-9._-]{1,64}$/.test(value),
    'must be 1 to 64 letters, digits, ., _ or -: 2026-11-21',
  )
  readonly POLICY_VERSION: string = POLICY_VERSION;
  @Whole(0, 1_000_000_000) readonly THROTTLE_PER_MINUTE: number = 300;
  @Whole(60, 7 * DAY) readonly IDEMPOTENCY_TTL: number = IDEMPOTENCY_TTL;
  @Check('countries', areCountries, 'must be ISO 3166 codes with commas between them: CN,HK')
  readonly COUNTRIES: string = 'CN';

  @Check(
    'webhooks',
    areWebhookUrls,
    'must be addresses with commas between them: https://shop.example.org/hooks/gatecode; plain http only for 127.0.0.1 and localhost',
  )
  readonly WEBHOOK_URLS?: string;
  @Check(
    'secret',
    isWebhookSecret,
    'must have 32 characters or more, in base64 after whsec_; make one with: echo "whsec_$(openssl rand -base64 32)"',
  )
  readonly WEBHOOK_SECRET?: string;
  @Check(
    'events',
    areEventPatterns,
    'must be names of events or prefixes with commas between them: sms.receipt,session.*',
  )
  readonly WEBHOOK_EVENTS?: string;

  @IsOptional() @Whole(0, 65_535) readonly METRICS_PORT?: number;
  @Check('host', (value) => /^[0-9A-Za-z.:-]+$/.test(value), 'must be an address or host name to listen on')
  readonly METRICS_HOST: string = '127.0.0.1';
  @Check(
    'token',
    (value) => /^[A-Za-z0-9_-]{16,128}$/.test(value),
    'must be 16 to 128 letters, digits, _ or -; make one with: openssl rand -hex 24',
  )
  readonly METRICS_TOKEN?: string;

  @text(200) readonly JWT_ISSUER: string = 'gatecode';
  @text(200) readonly JWT_AUDIENCE: string = 'gatecode';
  @IsIn(SIGNING_ALGORITHMS, { message: `must be ${SIGNING_ALGORITHMS.join(', ')}` })
  readonly JWT_ALGORITHM: SigningAlgorithm = 'ES256';
  @Whole(0, 3_650) readonly KEY_ROTATION_DAYS: number = 90;
  @Whole(1, 3_600) readonly ACCESS_TOKEN_TTL: number = 600;
  @Whole(1, 365 * DAY) readonly REFRESH_TOKEN_IDLE_TTL: number = 30 * DAY;
  @Whole(1, 3_650 * DAY) readonly REFRESH_TOKEN_ABSOLUTE_TTL: number = 90 * DAY;
  @Whole(0, 300) readonly REFRESH_REUSE_GRACE: number = 10;
  @Check(
    'crashPoint',
    (value) => /^(admitted|inserted|claimed|called|recorded|consumed|receipted)(:\d{1,4})?$/.test(value),
    'must name a crash point, e.g. claimed or claimed:3',
  )
  readonly CRASH_AT?: string;
  @text(4_000) readonly ADMIN_PHONES?: string;
  @Check(
    'roles',
    (value) => value.split(',').every((role) => ROLE.test(role)),
    'must be names with commas between them, of small letters, digits, _ and -: support,editor',
  )
  readonly ROLES?: string;
  @Whole(0, 3_650) readonly ACCOUNT_HOLD_DAYS: number = 7;
  @Check(
    'clients',
    areOauthClients,
    'must be ids and secrets of clients, each id once: shop:secret,bank:secret; make one with: openssl rand -hex 32',
  )
  readonly OAUTH_CLIENTS?: string;

  @IsOptional()
  @IsIn(STORAGE_PROVIDERS, { message: `must be ${STORAGE_PROVIDERS.join(', ')}` })
  readonly STORAGE_PROVIDER?: StorageProvider;
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'must be true or false' })
  readonly STORAGE_SIGNED_URLS?: 'true' | 'false';
  @Whole(1_024, 100 * 1_048_576) readonly AVATAR_MAX_BYTES: number = 5 * 1_048_576;
  @Whole(0, 1_000_000) readonly UPLOADS_PER_DAY: number = 100;
  @Whole(0, 1_000) readonly UPLOADS_OPEN: number = 10;
  @Origin() readonly S3_ENDPOINT?: string;
  @Check('region', isRegion, 'must be the name of a region: us-east-1')
  readonly S3_REGION?: string;
  @Check('bucket', isBucket, 'must be the name of a bucket: 3 to 63 letters, digits, -, _ and dots')
  readonly S3_BUCKET?: string;
  @text(200) readonly S3_ACCESS_KEY_ID?: string;
  @text(200) readonly S3_SECRET_ACCESS_KEY?: string;
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'must be true or false' })
  readonly S3_FORCE_PATH_STYLE?: 'true' | 'false';
  @Check('address', isAddress, PLAIN_ADDRESS) readonly S3_PUBLIC_URL?: string;
  @text(200) readonly QINIU_ACCESS_KEY?: string;
  @text(200) readonly QINIU_SECRET_KEY?: string;
  @Check('bucket', isBucket, 'must be the name of a bucket: 3 to 63 letters, digits, -, _ and dots')
  readonly QINIU_BUCKET?: string;
  @Check('region', isRegion, 'must be the name of a region: z0, cn-east-2')
  readonly QINIU_REGION?: string;
  @Origin() readonly QINIU_UPLOAD_URL?: string;
  @Origin() readonly QINIU_RS_URL?: string;
  @Origin() readonly QINIU_RSF_URL?: string;
  @Origin() readonly QINIU_DOMAIN?: string;
  @Check('address', isAddress, PLAIN_ADDRESS) readonly QINIU_CALLBACK_URL?: string;
  @IsIn(['true', 'false'], { message: 'must be true or false' })
  readonly QINIU_PRIVATE: 'true' | 'false' = 'true';
}

/** Unset is the local disk, but nothing in production: files that one instance keeps are not there for the others. */
export function storageProvider({
  STORAGE_PROVIDER,
  NODE_ENV,
}: Pick<Env, 'STORAGE_PROVIDER' | 'NODE_ENV'>): StorageProvider | undefined {
  return STORAGE_PROVIDER ?? (NODE_ENV === 'production' ? undefined : 'local');
}

/** Unset asks by risk, and always in production. */
export function captchaMode(env: Env): 'always' | 'risk' | 'never' {
  return env.CAPTCHA_MODE ?? (env.NODE_ENV === 'production' ? 'always' : 'risk');
}
