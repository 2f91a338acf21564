import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { solveChallenge, type Challenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { Redis } from 'ioredis';
import { uuidv7 } from 'uuidv7';
import { Secrets } from '../common/secrets';
import { createRedisClient } from '../redis/redis-client';
import { deriveCaptchaText } from './captcha-text';
import { CaptchaService, type CaptchaOptions } from './captcha.service';

const url = process.env.REDIS_URL ?? '';
const prefix = `spec:${randomUUID()}:`;
const secrets = new Secrets(randomBytes(32));
let client: Redis;
let other: Redis;
let sent: string[] = [];

const serviceOn = (redis: Redis, options: CaptchaOptions = {}) =>
  new CaptchaService({ client: redis, prefix }, secrets, {
    difficulty: { cost: 50, rounds: 20 },
    ...options,
  });
const captchas = () => serviceOn(client);

const invalid = { code: 'CAPTCHA_INVALID' };
const keyOf = (captchaId: string) => `${prefix}captcha:{${captchaId}}`;
/** Another letter of the alphabet in the first place. */
const wrong = (answer: string) => (answer.startsWith('A') ? 'C' : 'A') + answer.slice(1);

async function newImage() {
  const { captchaId } = await captchas().create('image');
  return { captchaId, answer: await captchas().reveal(captchaId) };
}

/** What a client does: it knows the challenge and nothing else. */
async function newWork() {
  const { captchaId, challenge } = await captchas().create('pow');
  const solution = await solveChallenge({ challenge: challenge as Challenge, deriveKey });
  return { captchaId, answer: Buffer.from(JSON.stringify({ challenge, solution })).toString('base64') };
}

beforeAll(async () => {
  client = createRedisClient({ url, onCommand: (name) => sent.push(name) }) as Redis;
  other = createRedisClient({ url }) as Redis;
  await Promise.all([client.connect(), other.connect()]);
});

afterAll(async () => {
  const keys = await client.keys(`${prefix}*`);
  if (keys.length > 0) await client.del(...keys);
  await Promise.all([client.quit(), other.quit()]);
});

describe('a new captcha', () => {
  it('is a PNG to read', async () => {
    const captcha = await captchas().create('image');
    expect(captcha).toEqual({
      captchaId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      kind: 'image',
      image: expect.stringMatching(/^data:image\/png;base64,iVBORw0KGgo/),
      expiresIn: 180,
    });
  });

  it('is a challenge to compute, which ends with the captcha', async () => {
    const { captchaId, kind, challenge, image, expiresIn } = await captchas().create('pow');
    expect({ kind, image, expiresIn }).toEqual({ kind: 'pow', image: undefined, expiresIn: 180 });
    expect(challenge?.parameters).toMatchObject({
      algorithm: 'PBKDF2/SHA-256',
      cost: 50,
      data: { captchaId },
    });
    const seconds = (challenge?.parameters.expiresAt ?? 0) - Date.now() / 1_000;
    expect(Math.abs(seconds - 181)).toBeLessThan(3);
  });

  it('leaves nothing of its answer in the store', async () => {
    const { captchaId } = await newImage();
    expect(await client.get(keyOf(captchaId))).toBe('image');
    expect(await client.pttl(keyOf(captchaId))).toBeLessThanOrEqual(180_000);
    expect(await client.pttl(keyOf(captchaId))).toBeGreaterThan(170_000);
  });
});

describe.each([
  { kind: 'image', issue: newImage },
  { kind: 'pow', issue: newWork },
])('an answer to a captcha of kind $kind', ({ issue }) => {
  it('is accepted in one round trip', async () => {
    const { captchaId, answer } = await issue();
    sent = [];
    await captchas().consume(captchaId, answer);
    expect(sent).toEqual(['getdel']);
  });

  it('is accepted once', async () => {
    const { captchaId, answer } = await issue();
    await captchas().consume(captchaId, answer);
    await expect(captchas().consume(captchaId, answer)).rejects.toMatchObject(invalid);
  });

  it('is accepted once when it comes to two instances at the same time', async () => {
    for (let round = 0; round < 10; round++) {
      const { captchaId, answer } = await issue();
      const tries = await Promise.allSettled(
        [client, other].map((redis) => serviceOn(redis).consume(captchaId, answer)),
      );
      expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    }
  });

  it('is refused when it is wrong, and so is the right one after it', async () => {
    const { captchaId, answer } = await issue();
    await expect(captchas().consume(captchaId, wrong(answer))).rejects.toMatchObject(invalid);
    await expect(captchas().consume(captchaId, answer)).rejects.toMatchObject(invalid);
  });

  it('is refused for another captcha', async () => {
    const [one, another] = [await issue(), await issue()];
    await expect(captchas().consume(another.captchaId, one.answer)).rejects.toMatchObject(invalid);
    await captchas().consume(one.captchaId, one.answer);
  });

  it('is refused when it is empty or very long', async () => {
    for (const answer of ['', 'A'.repeat(4_096)]) {
      const { captchaId } = await issue();
      await expect(captchas().consume(captchaId, answer)).rejects.toMatchObject(invalid);
    }
  });

  it('can be seen in development without spending the captcha', async () => {
    const { captchaId } = await issue();
    await captchas().reveal(captchaId);
    await captchas().consume(captchaId, await captchas().reveal(captchaId));
    await expect(captchas().reveal(captchaId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

it.each(['image', 'pow'] as const)('a captcha of kind %s ends with its time', async (kind) => {
  const shortLived = serviceOn(client, { ttl: 0.1 });
  const { captchaId } = await shortLived.create(kind);
  const answer = await shortLived.reveal(captchaId);
  await sleep(150);
  await expect(shortLived.consume(captchaId, answer)).rejects.toMatchObject(invalid);
});

it('the letters of an image are accepted in either case', async () => {
  const { captchaId, answer } = await newImage();
  await captchas().consume(captchaId, ` ${answer.toLowerCase()}`);
});

it('the text that an image of the same id would show does not solve a proof of work', async () => {
  const { captchaId } = await captchas().create('pow');
  const text = deriveCaptchaText(secrets.key('captcha'), captchaId);
  await expect(captchas().consume(captchaId, text)).rejects.toMatchObject(invalid);
});

it('another secret key accepts nothing', async () => {
  const { captchaId, answer } = await newImage();
  const stranger = new CaptchaService({ client, prefix }, new Secrets(randomBytes(32)), {});
  await expect(stranger.consume(captchaId, answer)).rejects.toMatchObject(invalid);
});

it.each(['', 'x', '../../etc', `${uuidv7()}}:x`, randomUUID()])(
  'the id %j is refused without asking the store',
  async (captchaId) => {
    sent = [];
    await expect(captchas().consume(captchaId, 'K4TX9')).rejects.toMatchObject(invalid);
    await expect(captchas().reveal(captchaId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(sent).toEqual([]);
  },
);

it('an unknown id is refused', async () => {
  await expect(captchas().consume(uuidv7(), 'K4TX9')).rejects.toMatchObject(invalid);
  await expect(captchas().reveal(uuidv7())).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('without the store no captcha is made and none passes', async () => {
  const gone = createRedisClient({ url }) as Redis;
  await gone.connect();
  await gone.quit();
  const unavailable = { code: 'STORE_UNAVAILABLE', members: { retryAfter: 5 } };
  await expect(serviceOn(gone).create('image')).rejects.toMatchObject(unavailable);
  await expect(serviceOn(gone).consume(uuidv7(), 'K4TX9')).rejects.toMatchObject(unavailable);
});
