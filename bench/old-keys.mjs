import { createHash, randomInt } from 'node:crypto';
import { Redis } from 'ioredis';

const PREFIX = 'gatecode:';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** None of them expires while it is measured. */
const LEAST_LEFT = HOUR / 2;
/** Keys that travel together. */
const BATCH = 1_000;

/**
 * What Gatecode leaves in Redis, and how many of ten keys are of the kind: each writes one key and says how long such a key
 * is kept. See store-keys.ts, admission.lua, check.lua and rate-limit.lua.
 */
const KINDS = [
  [4, ({ tag, phone }, batch) => log(batch, `${tag}sends:${phone}`, DAY)],
  [2, (each, batch) => record(batch, each)],
  [1, ({ tag, phone }, batch) => log(batch, `${tag}checks:${phone}`, HOUR)],
  [1, ({ tag, segment }, batch) => log(batch, `${tag}segment:${segment}`, HOUR)],
  [1, ({ tag, segment }, batch) => log(batch, `${tag}segment-verified:${segment}`, HOUR)],
  [
    1,
    ({ network, n }, batch) =>
      log(batch, `${PREFIX}sends:{${network}}:${network.replace('0/24', n & 255)}`, HOUR),
  ],
];
const KIND_OF = KINDS.flatMap(([share, write]) => Array(share).fill(write));

/** Redis as a busy day leaves it. */
export class OldKeys {
  #redis;
  #count;

  constructor({ stores }, count, { undoing }) {
    this.#count = count;
    this.#redis = new Redis(stores.redisUrl, { lazyConnect: true });
    this.#redis.on('error', () => undefined);
    undoing.push(() => this.#redis.disconnect());
  }

  /** @param progress told how many there are so far */
  async write(progress) {
    await this.#redis.connect();
    for (let n = 0; n < this.#count;) {
      const batch = this.#redis.pipeline();
      const end = Math.min(n + BATCH, this.#count);
      for (; n < end; n += 1) KIND_OF[n % KIND_OF.length](owner(n), batch);
      const failed = (await batch.exec()).find(([error]) => error);
      if (failed) throw failed[0];
      progress(n);
    }
    await this.mustBeThere();
  }

  /** @throws {Error} when some are gone: then it was not they that were measured */
  async mustBeThere() {
    const keys = await this.#redis.dbsize();
    if (keys < this.#count) throw new Error(`Of ${this.#count} old keys ${keys} are there`);
  }
}

/** Somebody to whom keys belong, another one each time. */
function owner(n) {
  const digest = (what) => createHash('sha256').update(`${what} ${n}`).digest();
  const segment = digest('segment');
  const slot = segment.toString('hex', 0, 2).slice(0, 3);
  const hex = digest('id').toString('hex');
  return {
    n,
    tag: `${PREFIX}{${slot}}:`,
    phone: digest('phone').toString('base64url'),
    segment: segment.toString('base64url'),
    sealed: Buffer.concat([digest('sealed'), digest('tag').subarray(0, 10)]).toString('base64url'),
    verification: id(hex, slot),
    message: id(hex.slice(20), 'abc'),
    network: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.0/24`,
  };
}

function id(hex, slot) {
  const moment = Date.now().toString(16).padStart(12, '0');
  return `${moment.slice(0, 8)}-${moment.slice(8)}-7${slot}-8${hex.slice(0, 3)}-${hex.slice(3, 15)}`;
}

/** A log of one: what most numbers and addresses have. */
function log(batch, key, keptMs) {
  batch.zadd(key, Date.now(), id(createHash('md5').update(key).digest('hex'), 'abc'));
  batch.pexpire(key, left(keptMs));
}

function record(batch, { tag, verification, message, phone, segment, sealed }) {
  const key = `${tag}verification:${verification}`;
  batch.hset(key, {
    expires: Date.now() - HOUR / 2,
    attempts: 1,
    allowed: 5,
    messages: message,
    purpose: 'login',
    channel: 'sms',
    locale: 'zh',
    length: 6,
    phoneIndex: phone,
    segment,
    phone: sealed,
    subject: '',
    address: '10.1.2.3',
    consumed: Date.now() - HOUR / 2,
    consumer: message,
  });
  batch.pexpire(key, left(HOUR));
}

function left(keptMs) {
  return randomInt(LEAST_LEFT, keptMs);
}
