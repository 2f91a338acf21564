import {
  duePlan,
  isEmpty,
  type KeyPlan,
  type KeyRecord,
  rotationPlan,
  signingKey,
  stateOf,
} from './key-plan';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;
const policy = { alg: 'ES256', rotationDays: 90, tokenTtl: 600 } as const;
/** Published for as long as verifiers keep the key set, and ten seconds for instances to notice. */
const AHEAD = 310_000;
/** A token's life, a minute for clocks, ten seconds for instances. */
const AFTER = 670_000;

const key = (kid: string, change: Partial<KeyRecord> = {}): KeyRecord => ({
  kid,
  alg: 'ES256',
  createdAt: NOW - DAY,
  signsFrom: NOW - DAY,
  retiredAt: null,
  revokedAt: null,
  ...change,
});
const due = (keys: KeyRecord[], now = NOW, isStart = false): KeyPlan => duePlan(keys, now, policy, isStart);
const states = (keys: KeyRecord[], now = NOW) => keys.map((each) => stateOf(each, keys, now));

describe('keys', () => {
  it('begin with one that signs at once', () => {
    expect(due([])).toEqual({ make: { signsFrom: NOW }, retire: [] });
  });

  it('stay as they are while nothing is due', () => {
    expect(isEmpty(due([key('a')]))).toBe(true);
    expect(isEmpty(due([key('a', { signsFrom: NOW - 90 * DAY + 1 })]))).toBe(true);
  });

  it('are replaced in time: the next is published for as long as verifiers keep the set', () => {
    const old = key('a', { signsFrom: NOW - 90 * DAY });
    expect(due([old])).toEqual({ make: { signsFrom: NOW + AHEAD }, retire: [] });
  });

  it('are not replaced twice while the next one waits', () => {
    const keys = [key('b', { signsFrom: NOW + AHEAD }), key('a', { signsFrom: NOW - 90 * DAY })];
    expect(isEmpty(due(keys))).toBe(true);
    expect(states(keys)).toEqual(['next', 'signing']);
  });

  it('are never replaced by themselves with a rotation of 0 days', () => {
    const keys = [key('a', { signsFrom: NOW - 900 * DAY })];
    expect(isEmpty(duePlan(keys, NOW, { ...policy, rotationDays: 0 }, false))).toBe(true);
  });

  it('take over at their time, and the one before goes on verifying', () => {
    const keys = [key('b', { signsFrom: NOW }), key('a')];
    expect(states(keys, NOW - 1)).toEqual(['next', 'signing']);
    expect(states(keys)).toEqual(['signing', 'verifying']);
  });

  it('retire when their last token has expired', () => {
    const keys = [key('b', { signsFrom: NOW }), key('a')];
    expect(due(keys, NOW + AFTER - 1).retire).toEqual([]);
    expect(due(keys, NOW + AFTER).retire).toEqual(['a']);
  });

  it('of before there were times to sign from are as they were: the newest signs, the others verify', () => {
    const keys = [key('b', { signsFrom: NOW - DAY }), key('a', { signsFrom: NOW - 100 * DAY })];
    expect(states(keys)).toEqual(['signing', 'verifying']);
  });

  it('of another kind are made when a service starts with another algorithm, and at no other time', () => {
    const keys = [key('a', { alg: 'RS256' })];
    expect(due(keys, NOW, true)).toEqual({ make: { signsFrom: NOW + AHEAD }, retire: [] });
    expect(isEmpty(due(keys))).toBe(true);
    const waiting = key('b', { signsFrom: NOW + AHEAD });
    expect(isEmpty(due([waiting, ...keys], NOW, true))).toBe(true);
  });
});

describe('a key that is asked for', () => {
  it('is published first', () => {
    expect(rotationPlan([key('a')], NOW)).toEqual({ make: { signsFrom: NOW + AHEAD }, retire: [] });
  });

  it('takes the place of one that waits, of which there are no tokens', () => {
    const keys = [key('b', { signsFrom: NOW + 1 }), key('a')];
    expect(rotationPlan(keys, NOW).retire).toEqual(['b']);
  });

  it('signs at once when there is none', () => {
    expect(rotationPlan([], NOW)).toEqual({ make: { signsFrom: NOW }, retire: [] });
  });
});

describe('a revoked key', () => {
  const revoked = key('b', { revokedAt: NOW, retiredAt: NOW });

  it('signs no more, and neither does the one before it again', () => {
    const keys = [revoked, key('a', { signsFrom: NOW - 2 * DAY })];
    expect(signingKey(keys, NOW)).toBeUndefined();
    expect(states(keys)).toEqual(['revoked', 'verifying']);
    expect(due(keys, NOW).make).toEqual({ signsFrom: NOW });
  });

  it('is followed by the one that waits already, at once', () => {
    const keys = [key('c', { signsFrom: NOW + AHEAD }), revoked];
    expect(due(keys)).toMatchObject({ promote: 'c', retire: [] });
  });

  it('that was still waiting leaves the one that signs in office', () => {
    const waited = key('b', { signsFrom: NOW + AHEAD, revokedAt: NOW, retiredAt: NOW });
    const keys = [waited, key('a')];
    expect(states(keys, NOW + AHEAD + DAY)).toEqual(['revoked', 'signing']);
    expect(due(keys, NOW + AHEAD + AFTER).retire).toEqual([]);
  });
});
