import { VerifiedTokens } from './verified-tokens';

const user = { userId: 'u', sessionId: 's', roles: ['user'] };
const until = (expiresAt: number) => ({ user, generation: 0, expiresAt, keyId: 'k', claims: {} });

describe('VerifiedTokens', () => {
  let now = 1_000_000;
  let tokens: VerifiedTokens;

  beforeEach(() => {
    now = 1_000_000;
    tokens = new VerifiedTokens(() => now);
  });

  it('remembers a token for five seconds', () => {
    tokens.add('token', until(2_000));
    now += 4_999;
    expect(tokens.get('token')?.user).toBe(user);
    now += 1;
    expect(tokens.get('token')).toBeUndefined();
  });

  it('and never beyond its own expiry', () => {
    tokens.add('token', until(1_001));
    now += 999;
    expect(tokens.get('token')?.user).toBe(user);
    now += 1;
    expect(tokens.get('token')).toBeUndefined();
  });

  it('forgets the oldest rather than grow without bounds', () => {
    for (let index = 0; index <= 5_000; index += 1) tokens.add(`token ${index}`, until(2_000));
    expect(tokens.get('token 0')).toBeUndefined();
    expect(tokens.get('token 5000')?.user).toBe(user);
  });
});
