import { hash } from '@node-rs/argon2';
import type { AuthModuleOptions } from '../auth.options';
import { PasswordHasher } from './password-hasher';

const hasherFor = (parallelHashes: number) => new PasswordHasher({ parallelHashes } as AuthModuleOptions);

describe('PasswordHasher', () => {
  const hasher = hasherFor(2);

  it('makes argon2id hashes with the parameters OWASP advises', async () => {
    const stored = await hasher.hash('correct horse');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(hasher.isOutdated(stored)).toBe(false);
    expect(await hasher.verify(stored, 'correct horse')).toBe(true);
    expect(await hasher.verify(stored, 'wrong horse')).toBe(false);
  });

  it('tells a hash of other parameters, and still compares with it', async () => {
    const weak = await hash('correct horse', { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    expect(hasher.isOutdated(weak)).toBe(true);
    expect(await hasher.verify(weak, 'correct horse')).toBe(true);
  });

  it('finds nothing right where there is nothing to compare with', async () => {
    for (const stored of [null, undefined]) expect(await hasher.verify(stored, 'anything')).toBe(false);
  });

  it('compares passwords whole, and as they look', async () => {
    const stored = await hasher.hash(`${'x'.repeat(127)}é`);
    expect(await hasher.verify(stored, `${'x'.repeat(127)}e\u0301`)).toBe(true);
    expect(await hasher.verify(stored, 'x'.repeat(127))).toBe(false);
  });

  it('lets a storm wait in a line that ends, and serves who is in it', async () => {
    const one = hasherFor(1);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 110 }, () => one.verify(null, 'password')),
    );
    const refused = outcomes.filter((each) => each.status === 'rejected');
    expect(refused).toHaveLength(9);
    for (const { reason } of refused)
      expect(reason).toMatchObject({ code: 'OVERLOADED', members: { retryAfter: 2 } });
    expect(await one.verify(null, 'password')).toBe(false);
  });
});
