import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from './auth/passwords/password';
import { CAPTCHA_AFTER_PASSWORDS, WAIT_AFTER_PASSWORDS } from './auth/passwords/password-limit';
import { STEP_UP_TTL } from './auth/sessions/step-ups';
import { isStep, requiredSteps } from './auth/registration/registration-steps';
import { captchaMode, type Env, storageProvider } from './env';
import { ANSWERS_PER_CALLER, SHORT_TTL } from './idempotency/idempotency.options';
import type { PoliciesDto, UploadPolicyDto } from './ops/dto/policies.dto';
import { ADDRESSES_OF_NETWORK } from './rate-limit/rate-limit.options';
import type { SmsProvider } from './sms/sms-provider.interface';
import { AVATAR, UPLOAD_DEFAULTS } from './storage/uploads/uploads.options';
import { CAPTCHA_TTL } from './verification/captcha.service';
import { TICKET_TTL } from './verification/verification.options';

function uploadPolicy(env: Env): UploadPolicyDto {
  const { ticketTtl, urlTtl, unusedTtl, maxPixels, retentionDays } = UPLOAD_DEFAULTS;
  return {
    avatarMaxBytes: env.AVATAR_MAX_BYTES,
    avatarMaxPixels: maxPixels,
    avatarTypes: [...AVATAR.contentTypes],
    perDay: env.UPLOADS_PER_DAY,
    open: env.UPLOADS_OPEN,
    ticketTtl,
    unusedTtl,
    signedUrlTtl: urlTtl,
    retention: retentionDays * 86_400,
  };
}

/** The configuration as clients may know it. */
export function policiesOf(env: Env, providers: readonly SmsProvider[]): PoliciesDto {
  return {
    code: {
      length: env.CODE_LENGTH,
      ttl: env.CODE_TTL,
      maxAttempts: env.CODE_MAX_ATTEMPTS,
      checksPerHour: env.CHECK_HOURLY_LIMIT,
    },
    send: {
      cooldown: env.RESEND_COOLDOWN,
      perPhoneAndHour: env.PHONE_HOURLY_LIMIT,
      perPhoneAndDay: env.PHONE_DAILY_LIMIT,
      perAddressAndHour: env.IP_HOURLY_LIMIT,
      perNetworkAndHour: env.PREFIX_HOURLY_LIMIT ?? env.IP_HOURLY_LIMIT * ADDRESSES_OF_NETWORK,
      perSegmentAndHour: env.SEGMENT_HOURLY_LIMIT,
      callCooldown: env.VOICE_COOLDOWN ?? env.RESEND_COOLDOWN,
      callsPerPhoneAndDay: env.VOICE_DAILY_LIMIT ?? Math.ceil(env.PHONE_DAILY_LIMIT / 2),
      liveVerifications: env.LIVE_VERIFICATIONS,
      requestsPerMinute: env.THROTTLE_PER_MINUTE,
      countries: env.COUNTRIES.split(','),
    },
    tokens: {
      access: env.ACCESS_TOKEN_TTL,
      refreshIdle: env.REFRESH_TOKEN_IDLE_TTL,
      refreshAbsolute: env.REFRESH_TOKEN_ABSOLUTE_TTL,
      refreshReuseGrace: env.REFRESH_REUSE_GRACE,
      stepUp: STEP_UP_TTL,
      signingKey: env.KEY_ROTATION_DAYS * 86_400,
    },
    registration: {
      required: requiredSteps(env.REGISTRATION_STEPS.split(',').filter(isStep)),
      ttl: env.REGISTRATION_TTL,
      policyVersion: env.POLICY_VERSION,
    },
    account: { hold: env.ACCOUNT_HOLD_DAYS * 86_400 },
    ticket: { ttl: TICKET_TTL },
    captcha: { mode: captchaMode(env), ttl: CAPTCHA_TTL, kinds: ['image', 'pow'] },
    password: {
      minLength: PASSWORD_MIN_LENGTH,
      maxLength: PASSWORD_MAX_LENGTH,
      triesPerHour: env.PASSWORD_HOURLY_LIMIT,
      captchaAfter: CAPTCHA_AFTER_PASSWORDS,
      delayAfter: WAIT_AFTER_PASSWORDS,
      idleAccountDays: env.IDLE_ACCOUNT_DAYS,
    },
    upload: storageProvider(env) === undefined ? null : uploadPolicy(env),
    idempotency: {
      ttl: env.IDEMPOTENCY_TTL,
      refusalTtl: Math.min(env.IDEMPOTENCY_TTL, SHORT_TTL),
      answersPerCaller: ANSWERS_PER_CALLER,
    },
    sms: {
      channels: [...new Set(providers.flatMap(({ channels }) => [...channels]))],
      callTimeout: env.SMS_TIMEOUT_MS / 1_000,
    },
  };
}
