import { type Ended, EndedTokens, nameOf, readEnded } from './ended-tokens';
import type { VerifiedToken } from './access-token';

const token = (change: { sessionId?: string; generation?: number; keyId?: string } = {}): VerifiedToken => ({
  user: { userId: 'user', sessionId: change.sessionId ?? 'session', roles: [] },
  generation: change.generation ?? 3,
  keyId: change.keyId ?? 'key',
  expiresAt: 0,
  claims: {},
});

describe('what has ended', () => {
  let now = 0;
  let ended: EndedTokens;
  let keysEnded: number;
  const end = (what: Ended, leftMs = 1_000) => ended.add({ ended: what, leftMs });

  beforeEach(() => {
    now = 0;
    keysEnded = 0;
    ended = new EndedTokens(
      () => (keysEnded += 1),
      () => now,
    );
  });

  it('concerns tokens of the session, and no others', () => {
    end({ kind: 'session', sessionId: 'session' });
    expect(ended.concern(token())).toBe(true);
    expect(ended.concern(token({ sessionId: 'other' }))).toBe(false);
  });

  it('concerns tokens of earlier generations, and none of that generation', () => {
    end({ kind: 'generation', userId: 'user', first: 3 });
    expect(ended.concern(token({ generation: 2 }))).toBe(true);
    expect(ended.concern(token({ generation: 3 }))).toBe(false);
  });

  it('is not undone by what is heard late', () => {
    end({ kind: 'generation', userId: 'user', first: 4 });
    end({ kind: 'generation', userId: 'user', first: 2 });
    expect(ended.concern(token({ generation: 3 }))).toBe(true);
  });

  it('concerns tokens of the key', () => {
    end({ kind: 'key', kid: 'key' });
    expect(ended.concern(token())).toBe(true);
    expect(ended.concern(token({ keyId: 'other' }))).toBe(false);
  });

  it('is news once', () => {
    for (const what of [
      { kind: 'session', sessionId: 's' },
      { kind: 'generation', userId: 'u', first: 1 },
      { kind: 'key', kid: 'k' },
    ] as const) {
      expect(end(what)).toBe(true);
      expect(end(what, 2_000)).toBe(false);
    }
    expect(keysEnded).toBe(1);
  });

  it('is remembered until its last token has expired, by whoever says the longest', () => {
    end({ kind: 'session', sessionId: 'session' }, 1_000);
    end({ kind: 'session', sessionId: 'session' }, 3_000);
    end({ kind: 'session', sessionId: 'session' }, 2_000);
    now = 2_999;
    ended.forgetExpired();
    expect(ended.all()).toEqual([{ ended: { kind: 'session', sessionId: 'session' }, leftMs: 1 }]);
    now = 3_000;
    ended.forgetExpired();
    expect(ended.concern(token())).toBe(false);
    expect(ended.all()).toEqual([]);
  });

  it.each<Ended>([
    { kind: 'session', sessionId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10' },
    { kind: 'generation', userId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10', first: 12 },
    { kind: 'key', kid: 'JG7oBP3lysHr7RWzLIMf7_AaVJ0ImQv7H3KnrarGrE0' },
  ])('has a name that it is known by again: $kind', (what) => {
    expect(readEnded(nameOf(what))).toEqual(what);
  });

  it.each(['', 's:', 'x:1', 'g:user', `s:${'a'.repeat(65)}`, 's:a b'])('is not "%s"', (name) => {
    expect(readEnded(name)).toBeUndefined();
  });
});
