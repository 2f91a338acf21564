/** What the shop takes from its environment; Gatecode's modules read none. */
export interface Settings {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** 32 bytes. */
  readonly secretKey: Buffer;
  /** Numbers whose owners may give roles to others. */
  readonly adminPhones: readonly string[];
  /** `never` is for tests: without captchas anybody can spend the SMS bill. */
  readonly captchaMode: 'risk' | 'never';
}

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { DATABASE_URL, REDIS_URL, SECRET_KEY, ADMIN_PHONES, CAPTCHA_MODE } = env;
  if (!DATABASE_URL || !REDIS_URL || !SECRET_KEY) {
    throw new Error('Set DATABASE_URL, REDIS_URL and SECRET_KEY (openssl rand -base64 32)');
  }
  return {
    databaseUrl: DATABASE_URL,
    redisUrl: REDIS_URL,
    secretKey: Buffer.from(SECRET_KEY, 'base64'),
    adminPhones: ADMIN_PHONES?.split(',') ?? [],
    captchaMode: CAPTCHA_MODE === 'never' ? 'never' : 'risk',
  };
}
