import { WIDE } from '../support/start-app';

/**
 * Lifetimes in seconds. All of them, and all steps of the clock, are whole hundreds: then it is certain which of two
 * times comes first, as long as a run takes less than a hundred seconds itself.
 */
export const LIFETIMES = {
  code: 300,
  /** After a code's expiry its verification is still known. */
  record: 3_600,
  ticket: 600,
  stepUp: 300,
  access: 600,
  grace: 100,
  idle: 86_400,
  absolute: 172_800,
  /** From one step of a registration to the next. */
  registration: 1_800,
  /** From the expiry of a registration's code to its end, however busy it is. */
  registrationMost: 85_800,
  /** After a registration is completed, its token still tells of the account. */
  completed: 86_400,
} as const;

export const LONGEST_RUN_MS = 100_000;

/** Short ones are the more frequent: after a long one little is left. */
export const CLOCK_STEPS = [100, 100, 100, 200, 200, 300, 300, 600, 600, 1_800, 43_200, 86_400] as const;

/** Numbers in a run: few enough for people to meet. */
export const PHONES = 4;

export const CODE_ATTEMPTS = 3;

export const PASSWORDS = [
  'seven otters in a teapot',
  'a violin under the ferry',
  'nine lanterns along a canal',
] as const;

export const WRONG_PASSWORD = 'a password that nobody has';

export const SETTINGS = {
  ...WIDE,
  LOG_LEVEL: 'silent',
  CODE_TTL: String(LIFETIMES.code),
  CODE_MAX_ATTEMPTS: String(CODE_ATTEMPTS),
  ACCESS_TOKEN_TTL: String(LIFETIMES.access),
  REFRESH_REUSE_GRACE: String(LIFETIMES.grace),
  REFRESH_TOKEN_IDLE_TTL: String(LIFETIMES.idle),
  REFRESH_TOKEN_ABSOLUTE_TTL: String(LIFETIMES.absolute),
  REGISTRATION_TTL: String(LIFETIMES.registration),
  // So that the steps of the clock reach it.
  ACCOUNT_HOLD_DAYS: '1',
} as const;
