import { Test, type TestingModule } from '@nestjs/testing';
import { randomBytes, randomUUID } from 'node:crypto';
import { Secrets } from '../common/secrets';
import { REDIS, RedisModule, type RedisConnection } from '../redis/redis.module';
import type { Answer } from './answer';
import { AnswerStore, type Claim, type Lease, LEASE_MS } from './answer-store';
import { IdempotencyModule } from './idempotency.module';
import { ANSWERS_PER_CALLER, SHORT_TTL } from './idempotency.options';

const namedCaller = (name: string) => ({ name, group: name });

const ANSWER: Answer = { status: 201, headers: [['Location', '/things/1']], body: Buffer.from('{"id":1}') };

describe('the store of answers', () => {
  let module: TestingModule;
  let store: AnswerStore;
  let redis: RedisConnection;
  const ada = namedCaller(`user ${randomUUID()}`);

  beforeAll(async () => {
    module = await Test.createTestingModule({
      imports: [
        RedisModule.forRoot({
          url: process.env.REDIS_URL!,
          prefix: `test-${randomBytes(6).toString('hex')}:`,
          isGlobal: true,
        }),
        IdempotencyModule.forRoot({ secrets: new Secrets(randomBytes(32)), ttl: 3_600 }),
      ],
    }).compile();
    await module.init();
    store = module.get(AnswerStore);
    redis = module.get(REDIS);
  });
  afterAll(() => module.close());

  const leaseOf = (claim: Claim): Lease => {
    if (claim.verdict !== 'yours') throw new Error(claim.verdict);
    return claim.lease;
  };
  const claim = (key: string, print = 'POST /things', caller = ada) => store.claim(caller, key, print);

  it('gives a request to one of many', async () => {
    const key = randomUUID();
    const claims = await Promise.all(Array.from({ length: 20 }, () => claim(key)));
    expect(claims.filter(({ verdict }) => verdict === 'yours')).toHaveLength(1);
    expect(claims.filter(({ verdict }) => verdict === 'in flight')).toHaveLength(19);
  });

  it('gives the answer to whoever repeats the request', async () => {
    const key = randomUUID();
    expect(await store.keep(leaseOf(await claim(key)), ANSWER)).toBe(true);
    expect(await claim(key)).toEqual({ verdict: 'done', answer: ANSWER });
    expect(await claim(key)).toEqual({ verdict: 'done', answer: ANSWER });
  });

  it('tells another request with the same key from the first, in flight and after', async () => {
    const key = randomUUID();
    const lease = leaseOf(await claim(key));
    expect(await claim(key, 'POST /others')).toEqual({ verdict: 'other request' });
    await store.keep(lease, ANSWER);
    expect(await claim(key, 'POST /others')).toEqual({ verdict: 'other request' });
  });

  it('keeps callers apart', async () => {
    const key = randomUUID();
    await store.keep(leaseOf(await claim(key)), ANSWER);
    expect(await claim(key, 'POST /things', namedCaller('user other'))).toMatchObject({ verdict: 'yours' });
    expect(await claim(key, 'POST /things', { name: 'b', group: ada.group })).toMatchObject({
      verdict: 'yours',
    });
  });

  it('lets a request be tried again that was given up', async () => {
    const key = randomUUID();
    await store.giveUp(leaseOf(await claim(key)));
    expect(await claim(key, 'POST /corrected')).toMatchObject({ verdict: 'yours' });
  });

  it('lets a request be tried again whose owner died, and takes nothing from who comes back late', async () => {
    const key = randomUUID();
    const dead = leaseOf(await claim(key));
    expect(await redis.client.pttl(dead.record)).toBeGreaterThan(LEASE_MS - 2_000);
    await redis.client.del(dead.record); // the lease ends
    const heir = leaseOf(await claim(key));
    expect(await store.prolong(dead)).toBe(false);
    await store.giveUp(dead);
    expect(await store.keep(dead, { ...ANSWER, status: 200 })).toBe(false);
    expect(await claim(key)).toEqual({ verdict: 'in flight' });
    await store.keep(heir, ANSWER);
    expect(await claim(key)).toEqual({ verdict: 'done', answer: ANSWER });
  });

  it('keeps the answer of who was late, when nobody else was at it', async () => {
    const key = randomUUID();
    const late = leaseOf(await claim(key));
    await redis.client.del(late.record);
    expect(await store.keep(late, ANSWER)).toBe(true);
    expect(await claim(key)).toMatchObject({ verdict: 'done' });
  });

  it('prolongs a lease, and no answer', async () => {
    const lease = leaseOf(await claim(randomUUID()));
    await redis.client.pexpire(lease.record, 1_000);
    expect(await store.prolong(lease)).toBe(true);
    expect(await redis.client.pttl(lease.record)).toBeGreaterThan(LEASE_MS - 2_000);
    await store.keep(lease, ANSWER);
    expect(await store.prolong(lease)).toBe(false);
    await store.giveUp(lease);
    expect(await redis.client.exists(lease.record)).toBe(1);
  });

  it('keeps answers for their time, and refusals for a short one', async () => {
    const made = leaseOf(await claim(randomUUID()));
    await store.keep(made, ANSWER);
    expect(await redis.client.ttl(made.record)).toBeGreaterThan(3_590);
    const refused = leaseOf(await claim(randomUUID()));
    await store.keep(refused, { ...ANSWER, status: 422 });
    expect(await redis.client.ttl(refused.record)).toBeLessThanOrEqual(SHORT_TTL);
  });

  it('keeps what one caller has beyond its share for a short time', async () => {
    const caller = namedCaller(`user ${randomUUID()}`);
    const first = leaseOf(await claim(randomUUID(), 'x', caller));
    await store.keep(first, ANSWER);
    expect(await redis.client.ttl(first.share)).toBeGreaterThan(3_590);
    await redis.client.set(first.share, ANSWERS_PER_CALLER - 1, 'KEEPTTL');
    const last = leaseOf(await claim(randomUUID(), 'x', caller));
    await store.keep(last, ANSWER);
    expect(await redis.client.ttl(last.record)).toBeGreaterThan(SHORT_TTL);
    const beyond = leaseOf(await claim(randomUUID(), 'x', caller));
    await store.keep(beyond, ANSWER);
    expect(await redis.client.ttl(beyond.record)).toBeLessThanOrEqual(SHORT_TTL);
    expect(await claim('another key', 'x', caller)).toMatchObject({ verdict: 'yours' });
  });

  it('does not open an answer that was moved to another record', async () => {
    const key = randomUUID();
    const lease = leaseOf(await claim(key));
    await store.keep(lease, ANSWER);
    const otherKey = randomUUID();
    const other = leaseOf(await claim(otherKey));
    await redis.client.hset(other.record, 'answer', (await redis.client.hget(lease.record, 'answer'))!);
    await expect(claim(otherKey)).rejects.toThrow();
  });
});
