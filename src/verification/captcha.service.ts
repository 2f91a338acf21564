import { randomInt, timingSafeEqual } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { Problem } from '../common/problem';
import { isStoreUnavailable } from '../common/problem-stores';
import type { Secrets } from '../common/secrets';
import type { RedisConnection } from '../redis/redis.module';
import { renderCaptcha } from './captcha-image';
import { deriveCaptchaText, normaliseCaptchaText } from './captcha-text';
import type { CaptchaDto, CaptchaKind } from './dto/captcha.dto';
import { ProofOfWork, type ProofOfWorkChallenge, type ProofOfWorkDifficulty } from './proof-of-work';

/** What may differ between installations. */
export interface CaptchaOptions {
  /** Seconds in which a captcha can be answered. @default 180 */
  readonly ttl?: number;
  readonly difficulty?: ProofOfWorkDifficulty;
}

/** Seconds in which a captcha can be answered, unless the options say otherwise. */
export const CAPTCHA_TTL = 180;

const ID_FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** Seconds after which a client is told to come back when the store is gone. */
const RETRY_AFTER = 5;

/**
 * Captchas that can be answered once. The store knows that a captcha is open and nothing of its answer: that follows
 * from the key and the captcha's id, so neither a dump nor a search through all texts brings it to light.
 */
export class CaptchaService {
  private readonly ttl: number;
  private readonly work: ProofOfWork;

  constructor(
    private readonly redis: RedisConnection,
    private readonly secrets: Secrets,
    { ttl = CAPTCHA_TTL, difficulty }: CaptchaOptions = {},
  ) {
    this.ttl = ttl;
    this.work = new ProofOfWork(secrets.key('captcha'), difficulty);
  }

  /** @throws {Problem} STORE_UNAVAILABLE */
  async create(kind: CaptchaKind): Promise<CaptchaDto> {
    const captchaId = uuidv7();
    if (kind === 'pow') return this.createWork(captchaId);
    const image = renderCaptcha(this.textOf(captchaId), unpredictable).toString('base64');
    await this.open(captchaId, 'image');
    return { captchaId, kind, image: `data:image/png;base64,${image}`, expiresIn: this.ttl };
  }

  /**
   * Takes the captcha out of the store, whatever the answer is worth: one try, one round trip.
   * @throws {Problem} CAPTCHA_INVALID for a wrong answer and for a captcha that is used, expired or unknown
   */
  async consume(captchaId: string, answer: string): Promise<void> {
    const id = captchaId.toLowerCase();
    const record = ID_FORM.test(id) ? await orUnavailable(this.redis.client.getdel(this.keyOf(id))) : null;
    if (record === null || !(await this.accepts(id, record, answer))) throw new Problem('CAPTCHA_INVALID');
  }

  /**
   * The right answer, without spending the captcha. For development only.
   * @throws {Problem} NOT_FOUND when the captcha is not open
   */
  async reveal(captchaId: string): Promise<string> {
    const id = captchaId.toLowerCase();
    const record = ID_FORM.test(id) ? await orUnavailable(this.redis.client.get(this.keyOf(id))) : null;
    if (record === null) throw new Problem('NOT_FOUND');
    const challenge = challengeIn(record);
    return challenge ? this.work.solve(id, challenge) : this.textOf(id);
  }

  private async createWork(captchaId: string): Promise<CaptchaDto> {
    // The store's clock decides; the second more keeps the challenge from ending before the captcha does.
    const expiresAt = Math.ceil(Date.now() / 1_000) + this.ttl + 1;
    const challenge = await this.work.createChallenge(captchaId, expiresAt);
    await this.open(captchaId, JSON.stringify(challenge));
    return { captchaId, kind: 'pow', challenge, expiresIn: this.ttl };
  }

  /** @param record `image`, or the challenge that was handed out */
  private async open(captchaId: string, record: string): Promise<void> {
    await orUnavailable(this.redis.client.set(this.keyOf(captchaId), record, 'PX', this.ttl * 1_000));
  }

  private accepts(captchaId: string, record: string, answer: string): boolean | Promise<boolean> {
    const challenge = challengeIn(record);
    if (challenge) return this.work.accepts(challenge, answer);
    const digest = (text: string) => this.secrets.index('captcha', `answer:${captchaId}:${text}`);
    return timingSafeEqual(digest(normaliseCaptchaText(answer)), digest(this.textOf(captchaId)));
  }

  private textOf(captchaId: string): string {
    return deriveCaptchaText(this.secrets.key('captcha'), captchaId);
  }

  private keyOf(captchaId: string): string {
    return `${this.redis.prefix}captcha:{${captchaId}}`;
  }
}

function challengeIn(record: string): ProofOfWorkChallenge | undefined {
  return record === 'image' ? undefined : (JSON.parse(record) as ProofOfWorkChallenge);
}

/** Whoever could foresee the distortion could take it out of the picture. */
function unpredictable(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}

async function orUnavailable<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (cause) {
    if (!isStoreUnavailable(cause)) throw cause;
    throw new Problem('STORE_UNAVAILABLE', { retryAfter: RETRY_AFTER }, { cause });
  }
}
